// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 1205

__global__ void sample1(float *to, cudaTextureObject_t image, const float *x)
{
    const int i = threadIdx.x;
    to[i] = tex1D<float>(image, x[i]);
}

__global__ void sample2(float *to, cudaTextureObject_t image, const float *x, const float *y)
{
    const int i = threadIdx.x;
    to[i] = tex2D<float>(image, x[i], y[i]);
}

__global__ void sample3(float *to, cudaTextureObject_t image, const float *x, const float *y)
{
    const int i = threadIdx.x;
    to[i] = tex3D<float>(image, x[i], y[i], 0.5f + i);
}

__global__ void layers(float *to, cudaTextureObject_t image, const float *x, const float *y)
{
    const int i = threadIdx.x;
    to[i] = tex2DLayered<float>(image, x[i], y[i], i);
}

__global__ void fetch(float *to, cudaTextureObject_t memory)
{
    to[threadIdx.x] = tex1Dfetch<float>(memory, threadIdx.x);
}

__global__ void colours(float4 *to, cudaTextureObject_t image)
{
    to[threadIdx.x] = tex2D<float4>(image, threadIdx.x + 0.5f, 0.5f);
}

__global__ void gather(float4 *to, cudaTextureObject_t image)
{
    to[0] = tex2Dgather<float4>(image, 2.0f, 2.0f, 0);
}

__global__ void cube(float *to, cudaTextureObject_t image)
{
    to[0] = texCubemap<float>(image, 0.0f, 0.0f, 1.0f);
}

