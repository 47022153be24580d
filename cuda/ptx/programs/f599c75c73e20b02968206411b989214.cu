// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 142

__global__ void copy_texture(float4 *dest, cudaTextureObject_t texture)
{
    dest[threadIdx.x] = tex1Dfetch<float4>(texture, threadIdx.x);
}
