// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 167

__global__ void saxpy(float *y, const float *x, float a, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] += a * x[i];
}

