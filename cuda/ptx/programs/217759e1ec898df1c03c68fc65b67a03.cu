// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 195

__global__ void copy_texture(double *dest, cudaTextureObject_t texture)
{
    uint2 words = tex1Dfetch<uint2>(texture, threadIdx.x);
    dest[threadIdx.x] = __hiloint2double(words.y, words.x);
}
