// printf is there without any header; there are no files.
#pragma once
