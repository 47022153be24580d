// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 510

__global__ void one_too_far(int *to, int length)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= length)   // should be <
        to[i] = i;
}

__global__ void never_written(int *to, const int *from)
{
    to[threadIdx.x] = from[threadIdx.x] + 1;
}

__global__ void no_barrier(int *to)
{
    __shared__ int part[64];
    part[threadIdx.x] = 0;
    __syncthreads();
    part[threadIdx.x] = threadIdx.x;
    // __syncthreads() is missing.
    to[threadIdx.x] = part[63 - threadIdx.x];
}

