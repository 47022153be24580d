// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 80

__global__ void set_them(float3 *dest, float3 x)
{
    dest[threadIdx.x] = x;
}
