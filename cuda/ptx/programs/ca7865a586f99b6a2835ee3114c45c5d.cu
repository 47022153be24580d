// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 132

__global__ void speak(int number)
{
    printf("kernel %d, thread %d of %s: %.2f\n", number, threadIdx.x, "block", 0.5 * number);
}
