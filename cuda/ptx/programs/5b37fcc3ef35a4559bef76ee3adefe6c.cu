// A source whose PTX is kept; see the README in cuda/ptx.
// name sum.cu
// linkage C
// option --std=c++17
// option -lineinfo
// option -DOFFSET=50000
// header 67 table.h
// source 129
#define COUNT 4
__constant__ int table[COUNT] = {1, 20, 300, 4000};
#include "table.h"
__global__ void sum(int *to) { int all = OFFSET; for (int i = 0; i < COUNT; ++i) all += table[i]; *to = all; }
