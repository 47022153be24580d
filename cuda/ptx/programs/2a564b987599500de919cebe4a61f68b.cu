// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 309
#include <cuda_fp16.h>
__device__ half of(half a, half b) { return __hsub(__float2half_ru(1.0001f), __float2half_rd(1.0001f)); }
__global__ void k(half *to, const half *a, const half *b, int count)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        to[i] = of(a[i], b[i]);
}
