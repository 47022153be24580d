// A source whose PTX is kept; see the README in cuda/ptx.
// name mrg32k3a.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 12573
// Random numbers: generators, and the distributions made of their words. What follows this text says of which generator
// there are kernels.
//
// Whatever decides about a number's bits is written with functions that round in one way (__fmaf_rn and so on), so that no
// compiler may contract it: each device gives the same numbers, but for the last place of logarithms and the like.

typedef unsigned int uint32;
typedef unsigned long long uint64;

__device__ inline uint64 thread_index() { return (uint64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline uint64 thread_count() { return (uint64)gridDim.x * blockDim.x; }

// Marsaglia's xorwow: a register of 160 bits and a counter.
struct Xorwow {
    static constexpr int GROUP = 1;
    static constexpr bool IS_KEPT = true;
    uint32 d, v[5];

    __device__ void load(const uint32* states, uint32 generators, uint32 which, uint64) {
        d = states[which];
        for (int k = 0; k < 5; ++k) v[k] = states[(k + 1) * generators + which];
    }
    __device__ void store(uint32* states, uint32 generators, uint32 which) const {
        states[which] = d;
        for (int k = 0; k < 5; ++k) states[(k + 1) * generators + which] = v[k];
    }
    __device__ void begin(uint64) {}
    __device__ uint32 next() {
        const uint32 t = v[0] ^ (v[0] >> 2);
        for (int k = 0; k < 4; ++k) v[k] = v[k + 1];
        v[4] = (v[4] ^ (v[4] << 4)) ^ (t ^ (t << 1));
        d += 362437;
        return v[4] + d;
    }
    // In (0, 1].
    __device__ static float uniform(uint32 word) {
        return __fmaf_rn(__uint2float_rn(word), 2.3283064365386963e-10f, 1.1641532182693481e-10f);
    }
};

// L'Ecuyer's MRG32k3a: two recursions of order three, modulo primes a little below 2 to the 32.
struct Mrg32k3a {
    static constexpr int GROUP = 1;
    static constexpr bool IS_KEPT = true;
    uint32 a[3], b[3];

    __device__ void load(const uint32* states, uint32 generators, uint32 which, uint64) {
        for (int k = 0; k < 3; ++k) {
            a[k] = states[k * generators + which];
            b[k] = states[(k + 3) * generators + which];
        }
    }
    __device__ void store(uint32* states, uint32 generators, uint32 which) const {
        for (int k = 0; k < 3; ++k) {
            states[k * generators + which] = a[k];
            states[(k + 3) * generators + which] = b[k];
        }
    }
    // x modulo 2^32 - REST: the upper half counts REST times.
    template <uint32 REST>
    __device__ static uint32 reduce(uint64 x) {
        for (int k = 0; k < 3; ++k) x = (x >> 32) * REST + (uint32)x;
        return x >= 0x100000000ull - REST ? (uint32)(x + REST) : (uint32)x;
    }
    __device__ void begin(uint64) {}
    // From 0 to 4294967086.
    __device__ uint32 next() {
        const uint32 p = reduce<209>(1403580ull * a[1] + 810728ull * (4294967087u - a[0]));
        const uint32 q = reduce<22853>(527612ull * b[2] + 1370589ull * (4294944443u - b[0]));
        a[0] = a[1], a[1] = a[2], a[2] = p;
        b[0] = b[1], b[1] = b[2], b[2] = q;
        return p >= q ? p - q : p - q + 4294967087u;
    }
    // In (0, 1]: zero stands for the modulus, as in L'Ecuyer's own program.
    __device__ static float uniform(uint32 word) {
        return (float)__dmul_rn(word == 0 ? 4294967087.0 : (double)word, 2.328306549295727688e-10);
    }
};

// Philox4x32-10: four words from a counter and a key, without any state.
struct Philox {
    static constexpr int GROUP = 4;
    static constexpr bool IS_KEPT = false;
    uint32 key[2], subsequence, draw, words[4];
    uint64 position;
    int left;

    // `states` has the key and the subsequence.
    __device__ void load(const uint32* states, uint32, uint32, uint64) {
        key[0] = states[0], key[1] = states[1], subsequence = states[2];
    }
    __device__ void store(uint32*, uint32, uint32) const {}
    __device__ void begin(uint64 at) { position = at, draw = 0, left = 0; }
    __device__ void refill() {
        uint32 c0 = (uint32)position, c1 = (uint32)(position >> 32), c2 = subsequence, c3 = draw++;
        uint32 k0 = key[0], k1 = key[1];
        for (int round = 0; round < 10; ++round) {
            const uint32 h0 = __umulhi(0xD2511F53u, c0), l0 = 0xD2511F53u * c0;
            const uint32 h1 = __umulhi(0xCD9E8D57u, c2), l1 = 0xCD9E8D57u * c2;
            c0 = h1 ^ c1 ^ k0, c1 = l1, c2 = h0 ^ c3 ^ k1, c3 = l0;
            k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
        }
        words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
        left = 4;
    }
    __device__ uint32 next() {
        if (left == 0) refill();
        const uint32 word = words[0];
        words[0] = words[1], words[1] = words[2], words[2] = words[3];
        --left;
        return word;
    }
    __device__ static float uniform(uint32 word) { return Xorwow::uniform(word); }
};

// 53 bits of two words, in (0, 1].
template <class G>
__device__ double uniform_double(uint32 x, uint32 y) {
    const uint64 bits = (uint64)x ^ ((uint64)y << 21);
    return __fma_rn((double)bits, 1.1102230246251565e-16, 5.551115123125783e-17);
}
// The second word of a MRG32k3a adds digits below those of the first.
template <>
__device__ double uniform_double<Mrg32k3a>(uint32 x, uint32 y) {
    const double high = x == 0 ? 4294967087.0 : (double)x;
    return fmin(1.0, __fma_rn((double)y, 5.421010862427522e-20, __dmul_rn(high, 2.328306549295727688e-10)));
}

// Two numbers of the normal distribution from two of the uniform one, by Box and Muller.
__device__ inline void box_muller(float u, float v, float& x, float& y) {
    const float radius = __fsqrt_rn(__fmul_rn(-2.0f, logf(u)));
    sincospif(__fmul_rn(2.0f, v), &x, &y);
    x = __fmul_rn(radius, x), y = __fmul_rn(radius, y);
}
__device__ inline void box_muller(double u, double v, double& x, double& y) {
    const double radius = __dsqrt_rn(__dmul_rn(-2.0, log(u)));
    sincospi(__dmul_rn(2.0, v), &x, &y);
    x = __dmul_rn(radius, x), y = __dmul_rn(radius, y);
}

// What a distribution is to be like.
struct Shape {
    double mean, deviation;
    // Whether it is the logarithm that is distributed so.
    int is_log;
    int padding;

    __device__ float apply(float z) const {
        const float value = __fmaf_rn((float)deviation, z, (float)mean);
        return is_log ? expf(value) : value;
    }
    __device__ double apply(double z) const {
        const double value = __fma_rn(deviation, z, mean);
        return is_log ? exp(value) : value;
    }
};

// Distributions: WORDS words of a generator make OUTPUTS numbers.
struct Bits32 {
    typedef uint32 Type;
    static constexpr int WORDS = 1, OUTPUTS = 1;
    template <class G>
    static __device__ void make(G& generator, const Shape&, Type* out) {
        out[0] = generator.next();
    }
};
struct Bits64 {
    typedef uint64 Type;
    static constexpr int WORDS = 2, OUTPUTS = 1;
    template <class G>
    static __device__ void make(G& generator, const Shape&, Type* out) {
        const uint32 low = generator.next();
        out[0] = low | (uint64)generator.next() << 32;
    }
};
struct Uniform32 {
    typedef float Type;
    static constexpr int WORDS = 1, OUTPUTS = 1;
    template <class G>
    static __device__ void make(G& generator, const Shape&, Type* out) {
        out[0] = G::uniform(generator.next());
    }
};
struct Uniform64 {
    typedef double Type;
    static constexpr int WORDS = 2, OUTPUTS = 1;
    template <class G>
    static __device__ void make(G& generator, const Shape&, Type* out) {
        const uint32 x = generator.next();
        out[0] = uniform_double<G>(x, generator.next());
    }
};
struct Normal32 {
    typedef float Type;
    static constexpr int WORDS = 2, OUTPUTS = 2;
    template <class G>
    static __device__ void make(G& generator, const Shape& shape, Type* out) {
        const float u = G::uniform(generator.next());
        float x, y;
        box_muller(u, G::uniform(generator.next()), x, y);
        out[0] = shape.apply(x), out[1] = shape.apply(y);
    }
};
struct Normal64 {
    typedef double Type;
    static constexpr int WORDS = 4, OUTPUTS = 2;
    template <class G>
    static __device__ void make(G& generator, const Shape& shape, Type* out) {
        double u, v, x, y;
        Uniform64::make(generator, shape, &u);
        Uniform64::make(generator, shape, &v);
        box_muller(u, v, x, y);
        out[0] = shape.apply(x), out[1] = shape.apply(y);
    }
};

// The number of events of which `mean` are expected: the first whose cumulative probability reaches u.
__device__ inline uint32 poisson_by_search(double mean, double u) {
    double probability = exp(-mean), sum = probability;
    uint32 count = 0;
    // Where the sum does not grow any more, u is beyond what a double can tell.
    while (u > sum && count < 4096) {
        probability = __ddiv_rn(__dmul_rn(probability, mean), (double)++count);
        sum = __dadd_rn(sum, probability);
    }
    return count;
}
struct Poisson {
    typedef uint32 Type;
    static constexpr int WORDS = 2, OUTPUTS = 1;
    template <class G>
    static __device__ double draw(G& generator) {
        const uint32 x = generator.next();
        return uniform_double<G>(x, generator.next());
    }
    // For large means: Hörmann's transformed rejection with squeeze (PTRS, 1993).
    template <class G>
    static __device__ void make(G& generator, const Shape& shape, Type* out) {
        const double mean = shape.mean;
        if (mean < 30.0) {
            out[0] = poisson_by_search(mean, draw(generator));
            return;
        }
        const double root = __dsqrt_rn(mean), b = __fma_rn(2.53, root, 0.931), a = __fma_rn(0.02483, b, -0.059);
        const double inverse_alpha = 1.1239 + __ddiv_rn(1.1328, b - 3.4), limit = 0.9277 - __ddiv_rn(3.6224, b - 2.0);
        for (;;) {
            const double u = draw(generator) - 0.5, v = draw(generator), us = 0.5 - fabs(u);
            if (us <= 0.0) continue;
            const double k = floor(__fma_rn(__ddiv_rn(2.0 * a, us) + b, u, mean + 0.43));
            if (k < 0.0 || k > 4294967295.0 || (us < 0.013 && v > us)) continue;
            const bool is_inside = us >= 0.07 && v <= limit;
            if (is_inside || log(__ddiv_rn(__dmul_rn(v, inverse_alpha), __ddiv_rn(a, us * us) + b)) <=
                                 __fma_rn(k, log(mean), -mean) - lgamma(k + 1.0)) {
                out[0] = (uint32)k;
                return;
            }
        }
    }
};

// Item j of a call is made by generator (cursor + j) modulo their number, or from position cursor + j where nothing is
// kept; so one call for n + m numbers gives those of a call for n and one for m.
template <class G, class D>
__device__ void fill(uint32* states, uint32 generators, uint64 cursor, typename D::Type* out, uint64 count, const Shape& shape) {
    constexpr int TURNS = D::WORDS < G::GROUP ? G::GROUP / D::WORDS : 1, EACH = TURNS * D::OUTPUTS;
    const uint64 items = (count + EACH - 1) / EACH, first = thread_index();
    if (first >= items) return;
    const uint32 which = G::IS_KEPT ? (uint32)((cursor + first) % generators) : 0;
    G generator;
    generator.load(states, generators, which, cursor);
#pragma unroll 1
    for (uint64 item = first; item < items; item += thread_count()) {
        generator.begin(cursor + item);
        typename D::Type made[EACH];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) D::make(generator, shape, made + turn * D::OUTPUTS);
#pragma unroll
        for (int k = 0; k < EACH; ++k)
            if (item * EACH + k < count) out[item * EACH + k] = made[k];
    }
    generator.store(states, generators, which);
}

#define FILL(NAME, G, DISTRIBUTION, D)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                             \
        NAME##_##DISTRIBUTION(uint32* states, uint32 generators, uint64 cursor, D::Type* out, uint64 count,       \
                              const Shape shape) {                                                                \
        fill<G, D>(states, generators, cursor, out, count, shape);                                                \
    }
#define FILLS(NAME, G)                   \
    FILL(NAME, G, bits32, Bits32)        \
    FILL(NAME, G, bits64, Bits64)        \
    FILL(NAME, G, uniform32, Uniform32)  \
    FILL(NAME, G, uniform64, Uniform64)  \
    FILL(NAME, G, normal32, Normal32)    \
    FILL(NAME, G, normal64, Normal64)    \
    FILL(NAME, G, poisson, Poisson)
FILLS(mrg32k3a, Mrg32k3a)

