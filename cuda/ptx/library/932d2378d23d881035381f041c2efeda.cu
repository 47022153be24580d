// A source whose PTX is kept; see the README in cuda/ptx.
// name cast_uint32.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 11920
// The element types that CUDA C++ lacks without a toolkit's headers, and conversions between all types.

#include <manyways/complex.cuh>

typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef signed char int8;
typedef short int16;
typedef int int32;
typedef long long int64;

// IEEE binary16. It is converted to float for each operation and the result is rounded, which is as good as a correctly
// rounded operation of half precision for + - * / and sqrt, since float has more than twice the digits.
struct half {
    uint16 bits;

    half() = default;
    __device__ half(float value) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value)); }
    __device__ half(double value) { asm("cvt.rn.f16.f64 %0, %1;" : "=h"(bits) : "d"(value)); }
    __device__ half(int32 value) { asm("cvt.rn.f16.s32 %0, %1;" : "=h"(bits) : "r"(value)); }
    __device__ half(uint32 value) { asm("cvt.rn.f16.u32 %0, %1;" : "=h"(bits) : "r"(value)); }
    __device__ half(int64 value) { asm("cvt.rn.f16.s64 %0, %1;" : "=h"(bits) : "l"(value)); }
    __device__ half(uint64 value) { asm("cvt.rn.f16.u64 %0, %1;" : "=h"(bits) : "l"(value)); }
    __device__ half(bool value) : half((int32)value) {}
    __device__ half(int8 value) : half((int32)value) {}
    __device__ half(int16 value) : half((int32)value) {}
    __device__ half(uint8 value) : half((int32)value) {}
    __device__ half(uint16 value) : half((int32)value) {}

    __device__ operator float() const {
        float value;
        asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
        return value;
    }
    __device__ half& operator+=(half other) { return *this = half((float)*this + (float)other); }
    __device__ half& operator-=(half other) { return *this = half((float)*this - (float)other); }
    __device__ half& operator*=(half other) { return *this = half((float)*this * (float)other); }
    __device__ half& operator/=(half other) { return *this = half((float)*this / (float)other); }
};

__device__ inline half operator+(half a, half b) { return a += b; }
__device__ inline half operator-(half a, half b) { return a -= b; }
__device__ inline half operator*(half a, half b) { return a *= b; }
__device__ inline half operator/(half a, half b) { return a /= b; }
__device__ inline half operator-(half a) { return half(-(float)a); }
__device__ inline bool operator==(half a, half b) { return (float)a == (float)b; }
__device__ inline bool operator!=(half a, half b) { return (float)a != (float)b; }
__device__ inline bool operator<(half a, half b) { return (float)a < (float)b; }
__device__ inline bool operator<=(half a, half b) { return (float)a <= (float)b; }
__device__ inline bool operator>(half a, half b) { return (float)a > (float)b; }
__device__ inline bool operator>=(half a, half b) { return (float)a >= (float)b; }

using manyways::complex;

// Conversions as a cast in C does them; a complex number loses its imaginary part on the way to a real one.
template <class To, class From>
struct Cast {
    static __device__ To from(From value) { return (To)value; }
};
template <class From>
struct Cast<bool, From> {
    static __device__ bool from(From value) { return value != (From)0; }
};
template <class To, class S>
struct Cast<To, complex<S> > {
    static __device__ To from(complex<S> value) { return Cast<To, S>::from(value.re); }
};
template <class S>
struct Cast<bool, complex<S> > {
    static __device__ bool from(complex<S> value) { return value.re != (S)0 || value.im != (S)0; }
};
template <class R, class From>
struct Cast<complex<R>, From> {
    static __device__ complex<R> from(From value) { return complex<R>((R)value); }
};
template <class R, class S>
struct Cast<complex<R>, complex<S> > {
    static __device__ complex<R> from(complex<S> value) { return complex<R>((R)value.re, (R)value.im); }
};
template <class To, class From>
__device__ To cast(From value) {
    return Cast<To, From>::from(value);
}
// The loops that all elementwise kernels share: over arrays that are one piece of memory, by vectors of 16 bytes, and over
// arrays of any strides.

// An operand: an array, or where `data` is null, the same value everywhere.
template <class T>
struct Operand {
    const T* data;
    T value;
};

// No operand.
struct None {};

// How to walk through arrays of one shape: the result and up to three operands. The first dimension is the fastest;
// strides are in elements.
struct Walk {
    uint64 count;
    uint32 rank;
    uint32 padding;
    uint64 sizes[8];
    int64 strides[4][8];
};

template <class T, int N>
struct __align__(sizeof(T) * N) Vector {
    T at[N];
};

constexpr __device__ int at_least(int a, int b) { return a > b ? a : b; }

// The compiler does not know that a value is the same in each turn of a loop, and so makes no copy of the loop for each case.
// That a pointer is one to global memory it still knows.
template <class P>
__device__ void opaque(P*& pointer) {
    size_t address = __cvta_generic_to_global(pointer);
    asm volatile("" : "+l"(address));
    pointer = (P*)__cvta_global_to_generic(address);
}
__device__ inline void opaque(int& number) { asm volatile("" : "+r"(number)); }

template <int N>
__device__ Vector<None, N> load(Operand<None>, int64) {
    return Vector<None, N>();
}
template <int N, class T>
__device__ Vector<T, N> load(Operand<T> operand, int64 vector) {
    const T* data = operand.data;
    opaque(data);
    if (data) return reinterpret_cast<const Vector<T, N>*>(data)[vector];
    Vector<T, N> result;
#pragma unroll
    for (int k = 0; k < N; ++k) result.at[k] = operand.value;
    return result;
}

__device__ inline bool is_aligned(const void* pointer) { return ((uint64)pointer & 15) == 0; }
__device__ inline uint64 thread_index() { return (uint64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline uint64 thread_count() { return (uint64)gridDim.x * blockDim.x; }

// Operations are objects with `void apply(Vector<R, N>&, Vector<A, N>, Vector<B, N>, Vector<C, N>)` for all N.
template <class R, class A, class B, class C, class Op>
__device__ void contiguous(R* out, Operand<A> a, Operand<B> b, Operand<C> c, uint64 count, Op op) {
    constexpr int LARGEST = at_least(at_least(sizeof(R), sizeof(A)), at_least(sizeof(B), sizeof(C))), N = 16 / LARGEST;
    uint64 done = 0;
    // Addresses that are multiples of 16 serve vectors of all lengths. Others are seldom: views that begin anywhere.
    if (is_aligned(out) && is_aligned(a.data) && is_aligned(b.data) && is_aligned(c.data)) {
#pragma unroll 1
        for (uint64 i = thread_index(); i < count / N; i += thread_count()) {
            Vector<R, N> result;
            op.apply(result, load<N>(a, i), load<N>(b, i), load<N>(c, i));
            reinterpret_cast<Vector<R, N>*>(out)[i] = result;
        }
        done = count / N * N;
    }
#pragma unroll 1
    for (uint64 i = done + thread_index(); i < count; i += thread_count()) {
        Vector<R, 1> result;
        op.apply(result, load<1>(a, i), load<1>(b, i), load<1>(c, i));
        out[i] = result.at[0];
    }
}

// The places of element `index` in the arrays. Division by 32 bits is several times as fast as by 64.
template <class Index>
__device__ void locate(const Walk& walk, Index index, int64 (&places)[4]) {
#pragma unroll
    for (int n = 0; n < 4; ++n) places[n] = 0;
    // What is left in the last dimension needs no division.
    uint32 dimension = 0;
#pragma unroll 1
    for (; dimension + 1 < walk.rank; ++dimension) {
        const Index size = (Index)walk.sizes[dimension], rest = index / size;
        const int64 at = (int64)(index - rest * size);
#pragma unroll
        for (int n = 0; n < 4; ++n) places[n] += at * walk.strides[n][dimension];
        index = rest;
    }
#pragma unroll
    for (int n = 0; n < 4; ++n) places[n] += (int64)index * walk.strides[n][dimension];
}

__device__ inline void locate(const Walk& walk, uint64 index, bool is_small, int64 (&places)[4]) {
    if (is_small)
        locate(walk, (uint32)index, places);
    else
        locate(walk, index, places);
}

template <class R, class A, class B, class C, class Op>
__device__ void strided(R* out, Operand<A> a, Operand<B> b, Operand<C> c, const Walk& walk, Op op) {
    const bool is_small = walk.count <= 0xffffffffull;
#pragma unroll 1
    for (uint64 i = thread_index(); i < walk.count; i += thread_count()) {
        int64 places[4];
        locate(walk, i, is_small, places);
        Vector<R, 1> result;
        op.apply(result, load<1>(a, places[1]), load<1>(b, places[2]), load<1>(c, places[3]));
        out[places[0]] = result.at[0];
    }
}

__device__ inline Operand<None> none() { return Operand<None>{nullptr, None()}; }

// One element after another through `static R apply(A)` or `static R apply(A, B)` of OP.
template <class OP, int N, class R, class A>
__device__ void each(Vector<R, N>& result, const Vector<A, N>& a) {
#pragma unroll
    for (int k = 0; k < N; ++k) result.at[k] = OP::apply(a.at[k]);
}
template <class OP, int N, class R, class A, class B>
__device__ void each(Vector<R, N>& result, const Vector<A, N>& a, const Vector<B, N>& b) {
#pragma unroll
    for (int k = 0; k < N; ++k) result.at[k] = OP::apply(a.at[k], b.at[k]);
}

// An operation with one operand that does one thing.
template <class OP>
struct Single {
    template <int N, class R, class A>
    __device__ void apply(Vector<R, N>& result, const Vector<A, N>& a, const Vector<None, N>&, const Vector<None, N>&) const {
        each<OP>(result, a);
    }
};

#define KERNEL extern "C" __global__ void __launch_bounds__(256)
typedef unsigned int T;
typedef unsigned long long SUM;
#define REAL unsigned int
#define IS_BOOL 0
#define IS_INTEGER 1
#define IS_HALF 0
#define IS_COMPLEX 0
// Elements of all types as ones of type T.

template <class R>
struct Convert {
    template <class A>
    static __device__ R apply(A value) {
        return cast<R>(value);
    }
};

#define FROM(NAME, TYPE)                                                             \
    KERNEL from_##NAME(T* out, const Operand<TYPE> from, uint64 count) {             \
        contiguous(out, from, none(), none(), count, Single<Convert<T> >());         \
    }

FROM(bool, bool)
FROM(int8, int8)
FROM(int16, int16)
FROM(int32, int32)
FROM(int64, int64)
FROM(uint8, uint8)
FROM(uint16, uint16)
FROM(uint32, uint32)
FROM(uint64, uint64)
FROM(float16, half)
FROM(float32, float)
FROM(float64, double)
FROM(complex64, complex<float>)
FROM(complex128, complex<double>)

// The numbers of the types are their places in this list.
__device__ inline T element_of(const void* data, int64 place, int type) {
    switch (type) {
        case 0: return cast<T>(((const bool*)data)[place]);
        case 1: return cast<T>(((const int8*)data)[place]);
        case 2: return cast<T>(((const int16*)data)[place]);
        case 3: return cast<T>(((const int32*)data)[place]);
        case 4: return cast<T>(((const int64*)data)[place]);
        case 5: return cast<T>(((const uint8*)data)[place]);
        case 6: return cast<T>(((const uint16*)data)[place]);
        case 7: return cast<T>(((const uint32*)data)[place]);
        case 8: return cast<T>(((const uint64*)data)[place]);
        case 9: return cast<T>(((const half*)data)[place]);
        case 10: return cast<T>(((const float*)data)[place]);
        case 11: return cast<T>(((const double*)data)[place]);
        case 12: return cast<T>(((const complex<float>*)data)[place]);
        default: return cast<T>(((const complex<double>*)data)[place]);
    }
}

KERNEL convert_strided(T* out, const void* from, int type, const Walk walk) {
    const bool is_small = walk.count <= 0xffffffffull;
#pragma unroll 1
    for (uint64 i = thread_index(); i < walk.count; i += thread_count()) {
        int64 places[4];
        locate(walk, i, is_small, places);
        out[places[0]] = element_of(from, places[1], type);
    }
}

