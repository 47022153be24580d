// A source whose PTX is kept; see the README in cuda/ptx.
// name comparison_uint16.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 18272
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
// What the operators and functions do with single elements.

template <class T>
struct Traits {
    static constexpr bool is_integer = true, is_signed = (T)-1 < (T)1, is_complex = false;
};
template <>
struct Traits<half> {
    static constexpr bool is_integer = false, is_signed = true, is_complex = false;
};
template <>
struct Traits<float> : Traits<half> {};
template <>
struct Traits<double> : Traits<half> {};
template <class R>
struct Traits<complex<R> > {
    static constexpr bool is_integer = false, is_signed = true, is_complex = true;
};

struct Add {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a + b;
    }
};
struct Subtract {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a - b;
    }
};
struct Multiply {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a * b;
    }
};

// Integers are divided towards zero. Division by zero gives zero, as NumPy's does, and the smallest number divided by -1
// gives itself: what the hardware would do with either is undefined.
struct Divide {
    template <class T>
    static __device__ T apply(T a, T b) {
        if constexpr (Traits<T>::is_integer) {
            if (b == 0) return 0;
            if (Traits<T>::is_signed && b == (T)-1) return (T)(0 - (uint64)a);
        }
        return a / b;
    }
};

// The rest of that division.
struct Remainder {
    template <class T>
    static __device__ T apply(T a, T b) {
        if constexpr (Traits<T>::is_integer) {
            if (b == 0 || (Traits<T>::is_signed && b == (T)-1)) return 0;
            return a % b;
        } else {
            return (T)fmod_(a, b);
        }
    }
    static __device__ float fmod_(half a, half b) { return fmodf(a, b); }
    static __device__ float fmod_(float a, float b) { return fmodf(a, b); }
    static __device__ double fmod_(double a, double b) { return fmod(a, b); }
};

// A comparison with itself fails for what is not a number, which is then the result, as in NumPy.
struct Minimum {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a < b || a != a ? a : b;
    }
};
struct Maximum {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a > b || a != a ? a : b;
    }
};

struct Power {
    // Wraps around, as all arithmetic of integers does. A negative exponent leaves what is left of 1 / base.
    template <class T>
    static __device__ T apply(T base, T exponent) {
        if constexpr (Traits<T>::is_signed) {
            if (exponent < 0) return base == 1 ? (T)1 : base == (T)-1 ? (T)((exponent & 1) ? -1 : 1) : (T)0;
        }
        T result = 1;
        for (uint64 left = (uint64)exponent; left != 0; left >>= 1) {
            if (left & 1) result *= base;
            base *= base;
        }
        return result;
    }
    static __device__ half apply(half base, half exponent) { return half(powf(base, exponent)); }
    static __device__ float apply(float base, float exponent) { return powf(base, exponent); }
    static __device__ double apply(double base, double exponent) { return pow(base, exponent); }
    template <class R>
    static __device__ complex<R> apply(complex<R> base, complex<R> exponent) {
        if (exponent.re == 0 && exponent.im == 0) return complex<R>(1);
        if (base.re == 0 && base.im == 0) return complex<R>(0);
        return exp(exponent * log(base));
    }
};

struct Negate {
    template <class T>
    static __device__ T apply(T a) {
        return -a;
    }
};
struct Absolute {
    template <class T>
    static __device__ T apply(T a) {
        if constexpr (Traits<T>::is_signed) return a < 0 ? (T)-a : a;
        return a;
    }
    static __device__ half apply(half a) { return half(fabsf(a)); }
    static __device__ float apply(float a) { return fabsf(a); }
    static __device__ double apply(double a) { return fabs(a); }
    template <class R>
    static __device__ R apply(complex<R> a) {
        return abs(a);
    }
};
struct Sign {
    template <class T>
    static __device__ T apply(T a) {
        if constexpr (Traits<T>::is_signed) {
            if (a < (T)0) return (T)-1;
        }
        return a > (T)0 ? (T)1 : a;
    }
};
struct Conjugate {
    template <class T>
    static __device__ T apply(T a) {
        return conj(a);
    }
};

struct And {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a & b;
    }
};
struct Or {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a | b;
    }
};
struct Xor {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a ^ b;
    }
};
struct Not {
    template <class T>
    static __device__ T apply(T a) {
        return ~a;
    }
    static __device__ bool apply(bool a) { return !a; }
};

// A shift by as many bits as there are, or more, leaves zeros, or the sign.
struct ShiftLeft {
    template <class T>
    static __device__ T apply(T a, T b) {
        return (uint64)b < 8 * sizeof(T) ? (T)((uint64)a << b) : (T)0;
    }
};
struct ShiftRight {
    template <class T>
    static __device__ T apply(T a, T b) {
        if ((uint64)b < 8 * sizeof(T)) return a >> b;
        if constexpr (Traits<T>::is_signed) return a < 0 ? (T)-1 : (T)0;
        return 0;
    }
};

#define COMPARISON(NAME, OP)                   \
    struct NAME {                      \
        template <class T>                     \
        static __device__ bool apply(T a, T b) { \
            return a OP b;                     \
        }                                      \
    };
COMPARISON(Equal, ==)
COMPARISON(NotEqual, !=)
COMPARISON(Less, <)
COMPARISON(LessEqual, <=)
COMPARISON(Greater, >)
COMPARISON(GreaterEqual, >=)
#undef COMPARISON

struct LogicalAnd {
    template <class T>
    static __device__ bool apply(T a, T b) {
        return cast<bool>(a) && cast<bool>(b);
    }
};
struct LogicalOr {
    template <class T>
    static __device__ bool apply(T a, T b) {
        return cast<bool>(a) || cast<bool>(b);
    }
};
struct LogicalXor {
    template <class T>
    static __device__ bool apply(T a, T b) {
        return cast<bool>(a) != cast<bool>(b);
    }
};
struct LogicalNot {
    template <class T>
    static __device__ bool apply(T a) {
        return !cast<bool>(a);
    }
};
typedef unsigned short T;
typedef unsigned long long SUM;
#define REAL unsigned short
#define IS_BOOL 0
#define IS_INTEGER 1
#define IS_HALF 0
#define IS_COMPLEX 0
// Comparisons and choices of elements of type T.

enum { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR, LOGICAL_NOT };

struct Comparison {
    int operation;

    template <int N>
    __device__ void apply(Vector<bool, N>& result, const Vector<T, N>& a, const Vector<T, N>& b, const Vector<None, N>&) const {
        int which = operation;
        opaque(which);
        switch (which) {
            case EQUAL: return each<Equal>(result, a, b);
            case NOT_EQUAL: return each<NotEqual>(result, a, b);
#if !IS_COMPLEX
            case LESS: return each<Less>(result, a, b);
            case LESS_EQUAL: return each<LessEqual>(result, a, b);
            case GREATER: return each<Greater>(result, a, b);
            case GREATER_EQUAL: return each<GreaterEqual>(result, a, b);
#endif
            case LOGICAL_AND: return each<LogicalAnd>(result, a, b);
            case LOGICAL_OR: return each<LogicalOr>(result, a, b);
            case LOGICAL_XOR: return each<LogicalXor>(result, a, b);
            case LOGICAL_NOT: return each<LogicalNot>(result, a);
        }
    }
};

KERNEL comparison(bool* out, const Operand<T> a, const Operand<T> b, int operation, uint64 count) {
    contiguous(out, a, b, none(), count, Comparison{operation});
}
KERNEL comparison_strided(bool* out, const Operand<T> a, const Operand<T> b, int operation, const Walk walk) {
    strided(out, a, b, none(), walk, Comparison{operation});
}

struct Choose {
    template <int N>
    __device__ void apply(Vector<T, N>& result, const Vector<bool, N>& condition, const Vector<T, N>& then,
                          const Vector<T, N>& otherwise) const {
#pragma unroll
        for (int k = 0; k < N; ++k) result.at[k] = condition.at[k] ? then.at[k] : otherwise.at[k];
    }
};
KERNEL choose(T* out, const Operand<bool> condition, const Operand<T> then, const Operand<T> otherwise, uint64 count) {
    contiguous(out, condition, then, otherwise, count, Choose());
}
KERNEL choose_strided(T* out, const Operand<bool> condition, const Operand<T> then, const Operand<T> otherwise, const Walk walk) {
    strided(out, condition, then, otherwise, walk, Choose());
}

