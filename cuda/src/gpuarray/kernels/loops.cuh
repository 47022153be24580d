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
