// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 175

__global__ void increment(unsigned *counters, unsigned length)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < length)
        counters[i] += 1;
}
