// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 285

__global__ void meet(unsigned *arrived, unsigned *seen)
{
    if (threadIdx.x == 0) {
        atomicAdd(arrived, 1u);
        while (atomicAdd(arrived, 0u) < gridDim.x) {}
    }
    __syncthreads();
    if (threadIdx.x == 0)
        seen[blockIdx.x] = *(volatile unsigned *)arrived;
}
