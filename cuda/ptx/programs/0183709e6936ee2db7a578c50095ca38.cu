// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 230

__global__ void copy_texture(double *dest, cudaTextureObject_t texture)
{
    uint2 words = tex2D<uint2>(texture, threadIdx.x, threadIdx.y);
    dest[threadIdx.y * blockDim.x + threadIdx.x] = __hiloint2double(words.y, words.x);
}
