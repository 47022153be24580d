// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 237

__global__ void copy_texture(float *dest, cudaTextureObject_t texture)
{
    int x = threadIdx.x, y = threadIdx.y, z = threadIdx.z;
    dest[(z * blockDim.y + y) * blockDim.x + x] = tex3D<float>(texture, x + 0.5f, y + 0.5f, z + 0.5f);
}
