// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 66
__global__ void twice(int *numbers) { numbers[threadIdx.x] *= 2; }
