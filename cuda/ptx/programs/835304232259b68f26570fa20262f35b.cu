// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 144
extern "C" __global__ void fill(double *to, double value, int n, float scale)
{
    for (int i = 0; i < n; ++i)
        to[i] = value * scale;
}
