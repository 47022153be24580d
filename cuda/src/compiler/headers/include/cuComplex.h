// Complex numbers under the names that CUDA has for them in C.
#pragma once

typedef float2 cuFloatComplex;
typedef float2 cuComplex;
typedef double2 cuDoubleComplex;

#define MANYWAYS_C_COMPLEX(type, number, suffix, make, square_root, absolute)                                          \
    static __device__ inline number cuCreal##suffix(type z) { return z.x; }                                            \
    static __device__ inline number cuCimag##suffix(type z) { return z.y; }                                            \
    static __device__ inline type cuConj##suffix(type z) { return make(z.x, -z.y); }                                   \
    static __device__ inline type cuCadd##suffix(type a, type b) { return make(a.x + b.x, a.y + b.y); }                \
    static __device__ inline type cuCsub##suffix(type a, type b) { return make(a.x - b.x, a.y - b.y); }                \
    static __device__ inline type cuCmul##suffix(type a, type b) {                                                     \
        return make(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);                                                     \
    }                                                                                                                  \
    static __device__ inline type cuCdiv##suffix(type a, type b) {                                                     \
        const number scale = absolute(b.x) + absolute(b.y);                                                            \
        const number ar = a.x / scale, ai = a.y / scale, br = b.x / scale, bi = b.y / scale;                           \
        const number square = br * br + bi * bi;                                                                       \
        return make((ar * br + ai * bi) / square, (ai * br - ar * bi) / square);                                       \
    }                                                                                                                  \
    static __device__ inline number cuCabs##suffix(type z) { return square_root(z.x, z.y); }                           \
    static __device__ inline type cuCfma##suffix(type a, type b, type c) { return cuCadd##suffix(cuCmul##suffix(a, b), c); }

static __device__ inline cuFloatComplex make_cuFloatComplex(float re, float im) { return make_float2(re, im); }
static __device__ inline cuDoubleComplex make_cuDoubleComplex(double re, double im) { return make_double2(re, im); }
static __device__ inline cuComplex make_cuComplex(float re, float im) { return make_float2(re, im); }

MANYWAYS_C_COMPLEX(cuFloatComplex, float, f, make_float2, hypotf, fabsf)
MANYWAYS_C_COMPLEX(cuDoubleComplex, double, , make_double2, hypot, fabs)
#undef MANYWAYS_C_COMPLEX

static __device__ inline cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex z) { return make_double2(z.x, z.y); }
static __device__ inline cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex z) {
    return make_float2((float)z.x, (float)z.y);
}
