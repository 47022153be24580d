// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 65
__global__ void forever(volatile int *stop) { while (!*stop) {} }
