// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 175

__constant__ float const_array[32];
__global__ void copy_constant_into_global(float *global_result_array)
{
    global_result_array[threadIdx.x] = const_array[threadIdx.x];
}
