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
