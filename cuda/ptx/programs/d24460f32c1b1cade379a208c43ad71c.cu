// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 325

__global__ void reverse(unsigned *numbers, unsigned length)
{
    extern __shared__ unsigned kept[];
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x)
        kept[i] = numbers[i];
    __syncthreads();
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x)
        numbers[i] = kept[length - 1 - i];
}
