// bfloat16 under the names that CUDA has for it: types, conversions, arithmetic and comparisons. All of it computes in
// float and rounds once, to the nearest even.
#pragma once

extern "C++" {

struct __nv_bfloat16;
static __device__ inline __nv_bfloat16 __float2bfloat16(float value);
static __device__ inline float __bfloat162float(__nv_bfloat16 value);

struct alignas(2) __nv_bfloat16 {
    unsigned short __x;

    __nv_bfloat16() = default;
    __device__ __nv_bfloat16(float value);
    __device__ __nv_bfloat16(double value) : __nv_bfloat16((float)value) {}
    __device__ __nv_bfloat16(int value) : __nv_bfloat16((float)value) {}
    __device__ operator float() const { return __bfloat162float(*this); }
};
typedef __nv_bfloat16 nv_bfloat16;

struct alignas(4) __nv_bfloat162 {
    __nv_bfloat16 x, y;
};
typedef __nv_bfloat162 nv_bfloat162;

static __device__ inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) {
    __nv_bfloat16 value;
    value.__x = bits;
    return value;
}
static __device__ inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 value) { return value.__x; }

static __device__ inline __nv_bfloat16 __float2bfloat16(float value) {
    const unsigned int bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return __ushort_as_bfloat16(0x7fff);
    return __ushort_as_bfloat16((unsigned short)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16));
}
static __device__ inline __nv_bfloat16 __float2bfloat16_rn(float value) { return __float2bfloat16(value); }
static __device__ inline __nv_bfloat16 __float2bfloat16_rz(float value) {
    const unsigned int bits = __float_as_uint(value);
    return __ushort_as_bfloat16((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fff : (unsigned short)(bits >> 16));
}
static __device__ inline float __bfloat162float(__nv_bfloat16 value) {
    return __uint_as_float((unsigned int)value.__x << 16);
}
__device__ inline __nv_bfloat16::__nv_bfloat16(float value) : __x(__float2bfloat16(value).__x) {}

#define MANYWAYS_BF16_BINARY(operation, intrinsic)                                                                     \
    static __device__ inline __nv_bfloat16 intrinsic(__nv_bfloat16 a, __nv_bfloat16 b) {                               \
        return __float2bfloat16(__bfloat162float(a) operation __bfloat162float(b));                                    \
    }                                                                                                                  \
    static __device__ inline __nv_bfloat16 operator operation(__nv_bfloat16 a, __nv_bfloat16 b) {                      \
        return intrinsic(a, b);                                                                                        \
    }                                                                                                                  \
    static __device__ inline __nv_bfloat16 &operator operation##=(__nv_bfloat16 &a, __nv_bfloat16 b) {                 \
        return a = intrinsic(a, b);                                                                                    \
    }
MANYWAYS_BF16_BINARY(+, __hadd)
MANYWAYS_BF16_BINARY(-, __hsub)
MANYWAYS_BF16_BINARY(*, __hmul)
MANYWAYS_BF16_BINARY(/, __hdiv)
#undef MANYWAYS_BF16_BINARY

#define MANYWAYS_BF16_COMPARE(operation, intrinsic)                                                                    \
    static __device__ inline bool intrinsic(__nv_bfloat16 a, __nv_bfloat16 b) {                                        \
        return __bfloat162float(a) operation __bfloat162float(b);                                                      \
    }                                                                                                                  \
    static __device__ inline bool operator operation(__nv_bfloat16 a, __nv_bfloat16 b) { return intrinsic(a, b); }
MANYWAYS_BF16_COMPARE(==, __heq)
MANYWAYS_BF16_COMPARE(!=, __hne)
MANYWAYS_BF16_COMPARE(<, __hlt)
MANYWAYS_BF16_COMPARE(<=, __hle)
MANYWAYS_BF16_COMPARE(>, __hgt)
MANYWAYS_BF16_COMPARE(>=, __hge)
#undef MANYWAYS_BF16_COMPARE

static __device__ inline __nv_bfloat16 __hneg(__nv_bfloat16 a) { return __ushort_as_bfloat16(a.__x ^ 0x8000); }
static __device__ inline __nv_bfloat16 __habs(__nv_bfloat16 a) { return __ushort_as_bfloat16(a.__x & 0x7fff); }
static __device__ inline __nv_bfloat16 operator-(__nv_bfloat16 a) { return __hneg(a); }
static __device__ inline bool __hisnan(__nv_bfloat16 a) { return (a.__x & 0x7fff) > 0x7f80; }
// The product of two is exact in float, so the sum rounds once to float and once to the result.
static __device__ inline __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c) {
    return __float2bfloat16(fmaf(__bfloat162float(a), __bfloat162float(b), __bfloat162float(c)));
}

}
