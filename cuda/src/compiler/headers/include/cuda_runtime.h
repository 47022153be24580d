// What device code needs of it is there without any header; the host's half has no meaning here.
#pragma once
