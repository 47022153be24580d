// A source whose PTX is kept; see the README in cuda/ptx.
// name reduction_uint64.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 24999
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
typedef unsigned long long T;
typedef unsigned long long SUM;
#define REAL unsigned long long
#define IS_BOOL 0
#define IS_INTEGER 1
#define IS_HALF 0
#define IS_COMPLEX 0
// Reductions: many elements become one, in one launch.
//
// Which elements meet in which order depends on their number alone, so that the result is the same bits each time and
// everywhere. The blocks' results go to memory; the block that comes last, by a counter, joins them.

// Moves a value of any size between the lanes of a warp.
template <class V>
__device__ V shuffle_down(V value, int distance) {
    constexpr int WORDS = (sizeof(V) + 3) / 4;
    unsigned int words[WORDS] = {};
    memcpy(words, &value, sizeof(V));
#pragma unroll
    for (int k = 0; k < WORDS; ++k) words[k] = __shfl_down_sync(0xffffffffu, words[k], distance);
    memcpy(&value, words, sizeof(V));
    return value;
}

// Joins the values of a block's threads, whose number is a multiple of 32; thread 0 has the result.
template <class V, class Join>
__device__ V join_block(V value, V neutral, Join join) {
    // Bytes, since a type with a constructor cannot be shared.
    __shared__ __align__(16) unsigned char room[32 * sizeof(V)];
    V* const of_warps = reinterpret_cast<V*>(room);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) value = join(value, shuffle_down(value, distance));
    if (lane == 0) of_warps[warp] = value;
    __syncthreads();
    if (warp == 0) {
        value = lane < blockDim.x / 32 ? of_warps[lane] : neutral;
#pragma unroll
        for (int distance = 16; distance > 0; distance /= 2) value = join(value, shuffle_down(value, distance));
    }
    __syncthreads();
    return value;
}

// Joins the blocks' values. `partial` has room for one a block, and `arrived` begins with 0, as it ends.
template <class V, class Join, class Finish>
__device__ void join_grid(V value, V neutral, V* partial, unsigned int* arrived, Join join, Finish finish) {
    value = join_block(value, neutral, join);
    if (gridDim.x == 1) {
        if (threadIdx.x == 0) finish(value);
        return;
    }
    __shared__ bool is_last;
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = value;
        __threadfence();
        is_last = atomicInc(arrived, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (!is_last) return;
    __threadfence();
    value = neutral;
    for (unsigned int block = threadIdx.x; block < gridDim.x; block += blockDim.x) {
        value = join(value, partial[block]);
    }
    value = join_block(value, neutral, join);
    if (threadIdx.x == 0) finish(value);
}
// Reductions of elements of type T. SUM is the type of their sum.

template <class V>
struct Adding {
    __device__ V operator()(V a, V b) const { return a + b; }
};
#if !IS_COMPLEX
struct Least {
    __device__ T operator()(T a, T b) const { return Minimum::apply(a, b); }
};
struct Largest {
    __device__ T operator()(T a, T b) const { return Maximum::apply(a, b); }
};
#endif
struct Both {
    __device__ bool operator()(bool a, bool b) const { return a && b; }
};
struct Either {
    __device__ bool operator()(bool a, bool b) const { return a || b; }
};

// Sums of half precision are kept in float until the end.
template <class V>
struct Kept {
    typedef V type;
};
template <>
struct Kept<half> {
    typedef float type;
};
typedef Kept<SUM>::type KEPT;

// What a minimum begins with: an element, which may well come twice.
__device__ inline T first_of(const T* a, const int64* indices, uint64 length) {
    if (!indices) return a[0];
    const int64 index = indices[0] < 0 ? indices[0] + (int64)length : indices[0];
    return a[(uint64)index < length ? index : 0];
}

// The values of a thread: those of vectors in as many sums as a vector has elements, four vectors at once.
template <class V, class Map, class Join>
__device__ V reduce_contiguous(const T* a, const T* b, uint64 count, V neutral, Map map, Join join) {
    constexpr int N = 16 / sizeof(T), UNROLL = N < 4 ? 4 : 16 / N;
    V sums[N];
#pragma unroll
    for (int k = 0; k < N; ++k) sums[k] = neutral;
    uint64 done = 0;
    if (is_aligned(a) && is_aligned(b)) {
        const uint64 vectors = count / N, step = thread_count();
        const Vector<T, N>*left = reinterpret_cast<const Vector<T, N>*>(a), *right = reinterpret_cast<const Vector<T, N>*>(b);
        uint64 i = thread_index();
#pragma unroll 1
        for (; i + (UNROLL - 1) * step < vectors; i += UNROLL * step) {
            Vector<T, N> x[UNROLL], y[UNROLL];
#pragma unroll
            for (int u = 0; u < UNROLL; ++u) {
                x[u] = left[i + u * step];
                y[u] = right[i + u * step];
            }
#pragma unroll
            for (int u = 0; u < UNROLL; ++u)
#pragma unroll
                for (int k = 0; k < N; ++k) sums[k] = join(sums[k], map(x[u].at[k], y[u].at[k]));
        }
#pragma unroll 1
        for (; i < vectors; i += step) {
            const Vector<T, N> x = left[i], y = right[i];
#pragma unroll
            for (int k = 0; k < N; ++k) sums[k] = join(sums[k], map(x.at[k], y.at[k]));
        }
        done = vectors * N;
    }
#pragma unroll 1
    for (uint64 i = done + thread_index(); i < count; i += thread_count()) sums[0] = join(sums[0], map(a[i], b[i]));
#pragma unroll
    for (int width = N / 2; width > 0; width /= 2)
#pragma unroll
        for (int k = 0; k < width; ++k) sums[k] = join(sums[k], sums[k + width]);
    return sums[0];
}

template <class V, class Map, class Join>
__device__ V reduce_strided(const T* a, const T* b, const Walk& walk, V neutral, Map map, Join join) {
    const bool is_small = walk.count <= 0xffffffffull;
    V sum = neutral;
#pragma unroll 1
    for (uint64 i = thread_index(); i < walk.count; i += thread_count()) {
        int64 places[4];
        locate(walk, i, is_small, places);
        sum = join(sum, map(a[places[0]], b[places[1]]));
    }
    return sum;
}

// A chosen few: element indices[i] of `a` and `b`. Negative indices count from the end, and what names no element is as
// the first such place in `wrong`.
template <class V, class Map, class Join>
__device__ V reduce_subset(const T* a, const T* b, const int64* indices, uint64 count, uint64 length, uint64* wrong,
                           V neutral, Map map, Join join) {
    V sum = neutral;
#pragma unroll 1
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        int64 index = indices[i];
        if (index < 0) index += (int64)length;
        if ((uint64)index < length)
            sum = join(sum, map(a[index], b[index]));
        else
            atomicMin(wrong, i);
    }
    return sum;
}

template <class V>
struct Store {
    V* out;
    template <class W>
    __device__ void operator()(W value) const {
        *out = cast<V>(value);
    }
};

// Which of the three it is, all threads know alike: all of an array that is one piece of memory, all of one with strides,
// or a chosen few of one.
template <class V, class Map, class Join>
__device__ V reduce(const T* a, const T* b, const int64* indices, uint64 length, uint64* wrong, const Walk& walk, V neutral,
                    Map map, Join join) {
    if (indices) return reduce_subset(a, b, indices, walk.count, length, wrong, neutral, map, join);
    if (walk.rank == 0) return reduce_contiguous(a, b, walk.count, neutral, map, join);
    return reduce_strided(a, b, walk, neutral, map, join);
}

#define REDUCTION(NAME, OUT, V, NEUTRAL, MAP, JOIN)                                                                    \
    struct NAME##_map {                                                                                                \
        __device__ V operator()(T a, T b) const { return MAP; }                                                        \
    };                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(512)                                                                  \
        reduce_##NAME(OUT* out, const T* a, const T* b, V* partial, unsigned int* arrived, const int64* indices,       \
                      uint64 length, uint64* wrong, const Walk walk) {                                                 \
        const V neutral = NEUTRAL,                                                                                     \
                value = reduce(a, b, indices, length, wrong, walk, neutral, NAME##_map(), JOIN());                     \
        join_grid(value, neutral, partial, arrived, JOIN(), Store<OUT>{out});                                          \
    }

REDUCTION(sum, SUM, KEPT, (KEPT)0, cast<KEPT>(a), Adding<KEPT>)
REDUCTION(dot, SUM, KEPT, (KEPT)0, cast<KEPT>(a) * cast<KEPT>(b), Adding<KEPT>)
REDUCTION(all, bool, bool, true, cast<bool>(a), Both)
REDUCTION(any, bool, bool, false, cast<bool>(a), Either)
#if !IS_COMPLEX
REDUCTION(min, T, T, first_of(a, indices, length), a, Least)
REDUCTION(max, T, T, first_of(a, indices, length), a, Largest)
#endif

