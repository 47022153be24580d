// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// option --relocatable-device-code=true
// source 115

extern __device__ int square(int);
__global__ void squares(int *dest) { dest[threadIdx.x] = square(threadIdx.x); }
