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

constexpr __device__ int at_most(int a, int b) { return a < b ? a : b; }
constexpr __device__ int at_least(int a, int b) { return a > b ? a : b; }

template <int N, class T>
__device__ Vector<T, N> load(Operand<T> operand, uint64 vector) {
    if (operand.data) return reinterpret_cast<const Vector<T, N>*>(operand.data)[vector];
    Vector<T, N> result;
#pragma unroll
    for (int k = 0; k < N; ++k) result.at[k] = operand.value;
    return result;
}

template <class T>
__device__ T element(Operand<T> operand, int64 place) {
    return operand.data ? operand.data[place] : operand.value;
}

__device__ inline bool is_aligned(const void* pointer) { return ((uint64)pointer & 15) == 0; }
__device__ inline uint64 thread_index() { return (uint64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline uint64 thread_count() { return (uint64)gridDim.x * blockDim.x; }

// Each thread makes UNROLL vectors of N elements in a turn, and all their loads before the first use: that many bytes in
// flight fill the memory's bandwidth.
template <int N, int UNROLL, class R, class A, class B, class C, class Op>
__device__ void by_vectors(R* out, Operand<A> a, Operand<B> b, Operand<C> c, uint64 vectors, Op op) {
    uint64 first = (uint64)blockIdx.x * blockDim.x * UNROLL + threadIdx.x;
    for (; first < vectors; first += thread_count() * UNROLL) {
        Vector<A, N> left[UNROLL];
        Vector<B, N> right[UNROLL];
        Vector<C, N> third[UNROLL];
#pragma unroll
        for (int u = 0; u < UNROLL; ++u) {
            const uint64 at = first + u * blockDim.x;
            if (at < vectors) {
                left[u] = load<N>(a, at);
                right[u] = load<N>(b, at);
                third[u] = load<N>(c, at);
            }
        }
#pragma unroll
        for (int u = 0; u < UNROLL; ++u) {
            const uint64 at = first + u * blockDim.x;
            if (at < vectors) {
                Vector<R, N> result;
#pragma unroll
                for (int k = 0; k < N; ++k) result.at[k] = op(left[u].at[k], right[u].at[k], third[u].at[k]);
                reinterpret_cast<Vector<R, N>*>(out)[at] = result;
            }
        }
    }
}

template <class R, class A, class B, class C, class Op>
__device__ void contiguous(R* out, Operand<A> a, Operand<B> b, Operand<C> c, uint64 count, Op op) {
    constexpr int LARGEST = at_least(at_least(sizeof(R), sizeof(A)), at_least(sizeof(B), sizeof(C)));
    constexpr int N = 16 / LARGEST, UNROLL = at_most(4, 16 / N);
    uint64 done = 0;
    // Addresses that are multiples of 16 serve vectors of all lengths. Others are seldom: views that begin anywhere.
    if (Op::is_light && is_aligned(out) && is_aligned(a.data) && is_aligned(b.data) && is_aligned(c.data)) {
        by_vectors<N, UNROLL>(out, a, b, c, count / N, op);
        done = count / N * N;
    }
#pragma unroll 1
    for (uint64 i = done + thread_index(); i < count; i += thread_count()) {
        out[i] = op(element(a, i), element(b, i), element(c, i));
    }
}

// The places of element `index` in the arrays. Division by 32 bits is several times as fast as by 64.
template <class Index>
__device__ void locate(const Walk& walk, Index index, int64 (&places)[4]) {
#pragma unroll
    for (int n = 0; n < 4; ++n) places[n] = 0;
#pragma unroll 1
    for (uint32 dimension = 0; dimension < walk.rank; ++dimension) {
        const Index size = (Index)walk.sizes[dimension], rest = index / size;
        const int64 at = (int64)(index - rest * size);
#pragma unroll
        for (int n = 0; n < 4; ++n) places[n] += at * walk.strides[n][dimension];
        index = rest;
    }
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
        out[places[0]] = op(element(a, places[1]), element(b, places[2]), element(c, places[3]));
    }
}

// An operation of few instructions is bound by memory and works on vectors; of others one copy is enough code.
struct Light {
    static constexpr bool is_light = true;
};
struct Heavy {
    static constexpr bool is_light = false;
};

__device__ inline Operand<None> none() { return Operand<None>{nullptr, None()}; }

template <class Op, class T>
struct Unary : Op {
    __device__ auto operator()(T a, None, None) const -> decltype(Op::apply(a)) { return Op::apply(a); }
};
template <class Op, class T>
struct Binary : Op {
    __device__ auto operator()(T a, T b, None) const -> decltype(Op::apply(a, b)) { return Op::apply(a, b); }
};

// The kernels of an operation with one operand: `static R apply(A)` of OP.
#define UNARY_KERNELS(NAME, OP, R, A)                                                                          \
    extern "C" __global__ void __launch_bounds__(256) array_##NAME(R* out, const Operand<A> a, uint64 count) {         \
        contiguous(out, a, none(), none(), count, Unary<OP, A>());                                             \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(256)                                                          \
        array_##NAME##_strided(R* out, const Operand<A> a, const Walk walk) {                                          \
        strided(out, a, none(), none(), walk, Unary<OP, A>());                                                 \
    }

// The kernels of an operation with two operands of one type: `static R apply(A, A)` of OP.
#define BINARY_KERNELS(NAME, OP, R, A)                                                                         \
    extern "C" __global__ void __launch_bounds__(256)                                                          \
        array_##NAME(R* out, const Operand<A> a, const Operand<A> b, uint64 count) {                                   \
        contiguous(out, a, b, none(), count, Binary<OP, A>());                                                 \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(256)                                                          \
        array_##NAME##_strided(R* out, const Operand<A> a, const Operand<A> b, const Walk walk) {                      \
        strided(out, a, b, none(), walk, Binary<OP, A>());                                                     \
    }
