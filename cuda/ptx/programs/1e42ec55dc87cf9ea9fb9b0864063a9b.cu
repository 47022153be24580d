// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 400

#include <cuda_bf16.h>
__global__ void k(nv_bfloat16 *to, const float *from, int count)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count)
        return;
    const nv_bfloat16 a = __float2bfloat16(from[i]), b = a * nv_bfloat16(3.0f);
    to[4 * i] = a;
    to[4 * i + 1] = b + a;
    to[4 * i + 2] = __hfma(a, b, a);
    to[4 * i + 3] = a < b ? __hneg(a) : __habs(b);
}

