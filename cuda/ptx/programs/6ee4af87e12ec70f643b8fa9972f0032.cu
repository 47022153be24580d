// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 207

__global__ void store(int *to, int index) { to[index] = 1; }

__global__ void copy(int *to, const int *from) { to[threadIdx.x] = from[threadIdx.x]; }

__global__ void fail(int *to) { to[0] = 3; __trap(); }

