// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 3651
struct MinMax { int min, max; long long at; };
__device__ MinMax single(int x, long long i) { return MinMax{x, x, i}; }
__device__ MinMax join(MinMax a, MinMax b) {
    return MinMax{min(a.min, b.min), max(a.max, b.max), a.max > b.max || (a.max == b.max && a.at > b.at) ? a.at : b.at};
}
typedef MinMax Value_; static_assert(sizeof(Value_) == 16 && alignof(Value_) <= 16, "the value has 16 bytes on the host");
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
struct Join_ {
    __device__ Value_ operator()(Value_ a, Value_ b) const { return join(a, b); }
};
struct Store_ {
    Value_* out;
    __device__ void operator()(Value_ value) const { *out = value; }
};
extern "C" __global__ void kernel(Value_* out_, Value_* partial_, unsigned int* arrived_, const long long n, const int *x) {
    const long long threads_ = (long long)gridDim.x * blockDim.x;
    const Value_ neutral_ = MinMax{2147483647, -2147483647 - 1, -1};
    Value_ value_ = neutral_;
#pragma unroll 4
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads_) {
        value_ = Join_()(value_, single(x[i], i));
    }
    join_grid(value_, neutral_, partial_, arrived_, Join_(), Store_{out_});
}

