// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression largest<float, 4>
// expression largest<int, 4>
// expression largest<short, 2>
// source 260

#include <algorithm>
#include <limits>

template <class T, int count> __global__ void largest(T *to, const T *from)
{
    T best = std::numeric_limits<T>::lowest();
    for (int i = 0; i < count; ++i)
        best = std::max(best, from[i]);
    *to = best;
}

