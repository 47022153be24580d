// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 179

__device__ __noinline__ int sum_below(int n)
{
    return n == 0 ? 0 : n + sum_below(n - 1);
}
__global__ void sums(int *dest)
{
    dest[threadIdx.x] = sum_below(threadIdx.x);
}
