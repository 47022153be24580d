// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 322

struct Pair { char first; double second; };
__global__ void all_sizes(double *dest, char a, short b, char c, double d, float e, bool f, long long g, Pair h, size_t i)
{
    dest[0] = a; dest[1] = b; dest[2] = c; dest[3] = d; dest[4] = e; dest[5] = f; dest[6] = g;
    dest[7] = h.first; dest[8] = h.second; dest[9] = i;
}
