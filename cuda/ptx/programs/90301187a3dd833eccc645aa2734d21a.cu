// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 558

#include <limits>
#include <cmath>
template <class T> __device__ void three(double *to)
{
    to[0] = std::numeric_limits<T>::min(); to[1] = std::numeric_limits<T>::lowest(); to[2] = std::numeric_limits<T>::max();
}
__global__ void k(double *to)
{
    three<short>(to); three<unsigned>(to + 3); three<float>(to + 6); three<double>(to + 9);
    to[12] = std::numeric_limits<float>::epsilon();
    to[13] = std::numeric_limits<double>::infinity();
    to[14] = std::isnan(std::numeric_limits<float>::quiet_NaN()) && std::isnan(NAN) && std::isinf(-INFINITY);
}
