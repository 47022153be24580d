// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// option --relocatable-device-code=true
// source 47

__device__ int square(int n) { return n * n; }
