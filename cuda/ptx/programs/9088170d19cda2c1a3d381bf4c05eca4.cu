// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 246

__global__ void copy_texture(float *dest, cudaTextureObject_t first, cudaTextureObject_t second)
{
    int row = threadIdx.y, col = threadIdx.x;
    dest[row * blockDim.x + col] = tex2D<float>(first, col, row) + tex2D<float>(second, col, row);
}
