// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 70
__global__ void odd(int *a) { *(int *)((char *)a + 1) = threadIdx.x; }
