// malloc, free and abs are there without any header; exit is not: a thread ends by return or __trap().
#pragma once
#include <stddef.h>
