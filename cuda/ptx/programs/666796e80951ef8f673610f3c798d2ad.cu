// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 183

__global__ void copy_texture(float *dest, cudaTextureObject_t texture, int width)
{
    int x = threadIdx.x, y = threadIdx.y;
    dest[y * width + x] = tex2D<float>(texture, x, y);
}
