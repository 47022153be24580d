// A source whose PTX is kept; see the README in cuda/ptx.
// name scan.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 5559

typedef int Value;
// Scans: element i of the result joins elements 0 to i of the input, in their order.
//
// A first launch joins the elements of each block's range, a second one scans those results, and a third scans the ranges, each
// beginning with what came before it. In this way the result is the same bits each time, which it would not be if blocks
// took over from each other as they happen to come.

// A value, or none yet: so no operation needs a neutral element.
template <class V>
struct Partial {
    V value;
    int is_set;
};

template <class V, class Join>
__device__ Partial<V> join_partials(const Partial<V>& a, const Partial<V>& b, Join join) {
    if (!a.is_set) return b;
    if (!b.is_set) return a;
    return Partial<V>{join(a.value, b.value), 1};
}

template <class V>
__device__ Partial<V> shuffle_up(Partial<V> partial, int distance) {
    constexpr int WORDS = sizeof(Partial<V>) / 4;
    static_assert(sizeof(Partial<V>) % 4 == 0, "a partial result is whole words");
    unsigned int words[WORDS];
    memcpy(words, &partial, sizeof(partial));
#pragma unroll
    for (int k = 0; k < WORDS; ++k) words[k] = __shfl_up_sync(0xffffffffu, words[k], distance);
    memcpy(&partial, words, sizeof(partial));
    return partial;
}

// What comes before each thread's value in a block of THREADS threads, and the whole in `total`.
template <int THREADS, class V, class Join>
__device__ Partial<V> scan_block(Partial<V> mine, Partial<V>& total, Join join) {
    constexpr int WARPS = THREADS / 32;
    __shared__ __align__(16) unsigned char room[WARPS * sizeof(Partial<V>)];
    Partial<V>* const of_warps = reinterpret_cast<Partial<V>*>(room);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    Partial<V> sum = mine;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
        const Partial<V> before = shuffle_up(sum, distance);
        if (lane >= distance) sum = join_partials(before, sum, join);
    }
    if (lane == 31) of_warps[warp] = sum;
    __syncthreads();
    Partial<V> before_warp = {V(), 0};
    total.is_set = 0;
#pragma unroll 1
    for (int k = 0; k < WARPS; ++k) {
        if (k == warp) before_warp = total;
        total = join_partials(total, of_warps[k], join);
    }
    __syncthreads();
    const Partial<V> before_lane = shuffle_up(sum, 1);
    return lane == 0 ? before_warp : join_partials(before_warp, before_lane, join);
}

// Scans the elements from `begin` up to `end`, after `carry`; without an output it only joins them. Gives all that is joined.
template <int THREADS, int ITEMS, bool IS_EXCLUSIVE, class V, class Join>
__device__ Partial<V> scan_range(const V* in, V* out, long long begin, long long end, Partial<V> carry, Join join) {
    constexpr int TILE = THREADS * ITEMS;
    // Memory is read by neighbours, and then each thread has neighbouring elements. An odd number of them is good for the banks.
    __shared__ __align__(16) unsigned char room[TILE * sizeof(V)];
    V* const tile = reinterpret_cast<V*>(room);
#pragma unroll 1
    for (long long at = begin; at < end; at += TILE) {
        const int count = end - at < TILE ? (int)(end - at) : TILE;
        for (int k = threadIdx.x; k < count; k += THREADS) tile[k] = in[at + k];
        __syncthreads();
        const int first = threadIdx.x * ITEMS;
        Partial<V> mine = {V(), 0}, total;
        for (int k = first; k < first + ITEMS && k < count; ++k) mine = join_partials(mine, Partial<V>{tile[k], 1}, join);
        Partial<V> before = join_partials(carry, scan_block<THREADS>(mine, total, join), join);
        if (out) {
            for (int k = first; k < first + ITEMS && k < count; ++k) {
                const Partial<V> after = join_partials(before, Partial<V>{tile[k], 1}, join);
                tile[k] = IS_EXCLUSIVE ? before.value : after.value;
                before = after;
            }
            __syncthreads();
            for (int k = threadIdx.x; k < count; k += THREADS) out[at + k] = tile[k];
        }
        carry = join_partials(carry, total, join);
        __syncthreads();
    }
    return carry;
}
struct Join {
    __device__ Value operator()(Value a, Value b) const { return a+b // both
; }
};
typedef Partial<Value> Part;
extern "C" __global__ void __launch_bounds__(256)
    scan_join(const Value* in, Part* parts, long long count, long long range) {
    const long long begin = blockIdx.x * range, end = begin + range < count ? begin + range : count;
    const Part whole = scan_range<256, 7, false>(in, (Value*)nullptr, begin, end, Part{Value(), 0}, Join());
    if (threadIdx.x == 0) parts[blockIdx.x] = whole;
}
extern "C" __global__ void __launch_bounds__(256) scan_parts(Part* parts, int count) {
    const int each = (count + 256 - 1) / 256, first = threadIdx.x * each;
    Part mine = {Value(), 0}, total;
    for (int k = first; k < first + each && k < count; ++k) mine = join_partials(mine, parts[k], Join());
    Part before = join_partials(Part{Value(0 // zero
), 1}, scan_block<256>(mine, total, Join()), Join());
    for (int k = first; k < first + each && k < count; ++k) {
        const Part part = parts[k];
        parts[k] = before;
        before = join_partials(before, part, Join());
    }
}
extern "C" __global__ void __launch_bounds__(256)
    scan_finish(const Value* in, Value* out, const Part* parts, long long count, long long range) {
    const long long begin = blockIdx.x * range, end = begin + range < count ? begin + range : count;
    scan_range<256, 7, true>(in, out, begin, end, parts[blockIdx.x], Join());
}

