// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 71
__global__ void add(int *to, int number) { to[threadIdx.x] += number; }
