// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 797

__global__ void squares(unsigned long long *to)
{
    const unsigned long long i = blockIdx.x * blockDim.x + threadIdx.x;
    to[i] = i * i;
}

// One block. Each thread sums every blockDim.x-th number; then pairs of threads add up, half as many each time.
__global__ void sum(unsigned long long *total, const unsigned long long *from, int count)
{
    __shared__ unsigned long long part[256];
    unsigned long long mine = 0;
    for (int i = threadIdx.x; i < count; i += blockDim.x)
        mine += from[i];
    part[threadIdx.x] = mine;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        *total = part[0];
}

