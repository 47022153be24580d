// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 111

__device__ int counts[4] = { 1, 2, 3, 4 };
__global__ void count() { atomicAdd(&counts[threadIdx.x % 4], 1); }
