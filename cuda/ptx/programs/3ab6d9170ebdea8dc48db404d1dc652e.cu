// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 266

__global__ void kernel(unsigned *d_data)
{
    extern __shared__ unsigned s_data[];
    for (unsigned i = threadIdx.x; i < 15360; i += blockDim.x)
        s_data[i] = i;
    __syncthreads();
    if (threadIdx.x == 0)
        d_data[0] = s_data[15359] + s_data[0];
}
