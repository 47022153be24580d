// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 133

__global__ void cuda_function(float3 input, float *out)
{
    float val = input.x + input.y + input.z;
    out[threadIdx.x] = val;
}
