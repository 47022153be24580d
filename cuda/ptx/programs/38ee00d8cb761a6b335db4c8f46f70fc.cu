// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression scale<float>
// expression scale<long long>
// expression &factor<float>
// expression &factor<long long>
// source 127
template <class T> __constant__ T factor;
template <class T> __global__ void scale(T *data) { data[threadIdx.x] *= factor<T>; }
