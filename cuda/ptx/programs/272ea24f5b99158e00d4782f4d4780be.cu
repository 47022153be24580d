// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 142
#include <cuda_fp16.h>
__global__ void k(half *one, half2 *two) { atomicAdd(one, half(1.0f)); atomicAdd(two, __floats2half2_rn(1.0f, 2.0f)); }
