// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 235

__global__ void copy_texture(float *dest, cudaTextureObject_t texture)
{
    int x = threadIdx.x, y = threadIdx.y, layer = threadIdx.z;
    dest[(layer * blockDim.y + y) * blockDim.x + x] = tex2DLayered<float>(texture, x, y, layer);
}
