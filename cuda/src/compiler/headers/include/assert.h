// assert is there without any header.
#pragma once
