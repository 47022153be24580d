// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 61
__global__ void outside(int *a) { a[1 << 20] = threadIdx.x; }
