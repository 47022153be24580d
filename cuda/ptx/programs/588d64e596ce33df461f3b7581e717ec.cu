// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 62
__global__ void halve(float *data) { data[threadIdx.x] /= 2; }
