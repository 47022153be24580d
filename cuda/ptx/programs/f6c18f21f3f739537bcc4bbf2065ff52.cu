// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 480

__global__ void histogram(unsigned *counts, const unsigned char *bytes, int length)
{
    __shared__ unsigned mine[256];
    mine[threadIdx.x] = 0;
    __syncthreads();
    // All threads of the grid together take a step over the text.
    const int step = gridDim.x * blockDim.x;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < length; i += step)
        atomicAdd(&mine[bytes[i]], 1u);
    __syncthreads();
    atomicAdd(&counts[threadIdx.x], mine[threadIdx.x]);
}

