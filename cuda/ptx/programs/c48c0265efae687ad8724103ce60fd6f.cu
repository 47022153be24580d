// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 148

__global__ void sample(float *dest, const float *x, cudaTextureObject_t texture)
{
    dest[threadIdx.x] = tex1D<float>(texture, x[threadIdx.x]);
}
