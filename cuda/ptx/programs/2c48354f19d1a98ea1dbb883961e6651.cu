// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 453
#include <manyways/complex.cuh>
using manyways::complex;
template <class T> __device__ complex<T> of(complex<T> a, complex<T> b) { return a / b; }
__global__ void k(complex<double> *in_double, complex<double> *in_float, const complex<double> *from)
{
    const int i = threadIdx.x;
    const complex<double> a = from[2 * i], b = from[2 * i + 1];
    in_double[i] = of(a, b);
    in_float[i] = complex<double>(of(complex<float>(a), complex<float>(b)));
}
