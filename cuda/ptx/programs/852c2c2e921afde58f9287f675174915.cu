// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 94
__global__ void add_one(int *to, const int *from) { to[threadIdx.x] = from[threadIdx.x] + 1; }
