// Sobol's sequence: point i is the exclusive or of the direction numbers of the bits of i's Gray code.
template <class W>
__device__ W sobol_point(const W* directions, W scramble, uint64 index) {
    W point = scramble;
    uint64 gray = index ^ (index >> 1);
    for (; gray; gray &= gray - 1) point ^= directions[__ffsll(gray) - 1];
    return point;
}

__device__ inline float unit_float(uint32 word) { return Xorwow::uniform(word); }
__device__ inline float unit_float(uint64 word) { return Xorwow::uniform((uint32)(word >> 32)); }
__device__ inline double unit_double(uint32 word) { return __fma_rn((double)word, 2.3283064365386963e-10, 1.1641532182693481e-10); }
__device__ inline double unit_double(uint64 word) {
    return __fma_rn((double)(word >> 11), 1.1102230246251565e-16, 5.551115123125783e-17);
}

// Distributions by the inverse of their cumulative function, which keeps the points' even spread.
struct Plain {
    template <class W>
    static __device__ W make(W word, const Shape&) {
        return word;
    }
};
struct InUnit32 {
    template <class W>
    static __device__ float make(W word, const Shape&) {
        return unit_float(word);
    }
};
struct InUnit64 {
    template <class W>
    static __device__ double make(W word, const Shape&) {
        return unit_double(word);
    }
};
// A float rounds the largest words to one, whose normal number would be infinite.
struct ByInverse32 {
    template <class W>
    static __device__ float make(W word, const Shape& shape) {
        return shape.apply(normcdfinvf(fminf(unit_float(word), 0.99999994f)));
    }
};
struct ByInverse64 {
    template <class W>
    static __device__ double make(W word, const Shape& shape) {
        return shape.apply(normcdfinv(fmin(unit_double(word), 0.99999999999999989)));
    }
};
struct BySearch {
    template <class W>
    static __device__ uint32 make(W word, const Shape& shape) {
        return poisson_by_search(shape.mean, unit_double(word));
    }
};

// Points of the first dimension, then those of the second, and so on.
template <class D, class W, class T>
__device__ void sobol_fill(const W* directions, const W* scrambles, uint64 first, uint64 points, T* out, uint64 count, const Shape& shape) {
    constexpr int BITS = 8 * sizeof(W);
#pragma unroll 1
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        const uint64 dimension = i / points;
        out[i] = D::make(sobol_point(directions + dimension * BITS, scrambles[dimension], first + i % points), shape);
    }
}

#define SOBOL_FILL(BITS, DISTRIBUTION, D, T)                                                                          \
    extern "C" __global__ void __launch_bounds__(256)                                                                 \
        sobol##BITS##_##DISTRIBUTION(const uint##BITS* directions, const uint##BITS* scrambles, uint64 first,         \
                                     uint64 points, T* out, uint64 count, const Shape shape) {                        \
        sobol_fill<D>(directions, scrambles, first, points, out, count, shape);                                       \
    }
#define SOBOL_FILLS(BITS)                                 \
    SOBOL_FILL(BITS, bits##BITS, Plain, uint##BITS)       \
    SOBOL_FILL(BITS, uniform32, InUnit32, float)          \
    SOBOL_FILL(BITS, uniform64, InUnit64, double)         \
    SOBOL_FILL(BITS, normal32, ByInverse32, float)        \
    SOBOL_FILL(BITS, normal64, ByInverse64, double)       \
    SOBOL_FILL(BITS, poisson, BySearch, uint32)

SOBOL_FILLS(32)
SOBOL_FILLS(64)
