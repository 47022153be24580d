// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 54
__global__ void fill(int *to) { to[threadIdx.x] = 7; }
