// Half precision under the names that CUDA has for it: types, conversions, arithmetic, comparisons, functions, shuffles
// and atomic addition. The functions (hexp, hsin, ...) compute in float and round once.
#pragma once

extern "C++" {

struct __half;
static __device__ inline __half __float2half(float value);
static __device__ inline float __half2float(__half value);

struct alignas(2) __half {
    unsigned short __x;

    __half() = default;
    __device__ __half(float value);
    __device__ __half(double value) : __half((float)value) {}
    __device__ __half(int value) : __half((float)value) {}
    __device__ __half(unsigned int value) : __half((float)value) {}
    __device__ __half(long long value) : __half((float)value) {}
    __device__ __half(unsigned long long value) : __half((float)value) {}
    __device__ operator float() const { return __half2float(*this); }
};
typedef __half half;

struct alignas(4) __half2 {
    __half x, y;
};
typedef __half2 half2;

static __device__ inline __half __ushort_as_half(unsigned short bits) {
    __half value;
    value.__x = bits;
    return value;
}
static __device__ inline __half __short_as_half(short bits) { return __ushort_as_half((unsigned short)bits); }
static __device__ inline unsigned short __half_as_ushort(__half value) { return value.__x; }
static __device__ inline short __half_as_short(__half value) { return (short)value.__x; }

#define MANYWAYS_TO_HALF(name, type, constraint, instruction)                                                          \
    static __device__ inline __half name(type value) {                                                                 \
        __half result;                                                                                                 \
        asm(instruction " %0, %1;" : "=h"(result.__x) : constraint(value));                                            \
        return result;                                                                                                 \
    }
MANYWAYS_TO_HALF(__float2half, float, "f", "cvt.rn.f16.f32")
MANYWAYS_TO_HALF(__float2half_rn, float, "f", "cvt.rn.f16.f32")
MANYWAYS_TO_HALF(__float2half_rz, float, "f", "cvt.rz.f16.f32")
MANYWAYS_TO_HALF(__float2half_rd, float, "f", "cvt.rm.f16.f32")
MANYWAYS_TO_HALF(__float2half_ru, float, "f", "cvt.rp.f16.f32")
MANYWAYS_TO_HALF(__double2half, double, "d", "cvt.rn.f16.f64")
MANYWAYS_TO_HALF(__int2half_rn, int, "r", "cvt.rn.f16.s32")
MANYWAYS_TO_HALF(__uint2half_rn, unsigned int, "r", "cvt.rn.f16.u32")
MANYWAYS_TO_HALF(__short2half_rn, short, "h", "cvt.rn.f16.s16")
MANYWAYS_TO_HALF(__ushort2half_rn, unsigned short, "h", "cvt.rn.f16.u16")
MANYWAYS_TO_HALF(__ll2half_rn, long long, "l", "cvt.rn.f16.s64")
MANYWAYS_TO_HALF(__ull2half_rn, unsigned long long, "l", "cvt.rn.f16.u64")
#undef MANYWAYS_TO_HALF

#define MANYWAYS_FROM_HALF(name, type, constraint, instruction)                                                        \
    static __device__ inline type name(__half value) {                                                                 \
        type result;                                                                                                   \
        asm(instruction " %0, %1;" : constraint(result) : "h"(value.__x));                                             \
        return result;                                                                                                 \
    }
MANYWAYS_FROM_HALF(__half2float, float, "=f", "cvt.f32.f16")
MANYWAYS_FROM_HALF(__half2int_rn, int, "=r", "cvt.rni.s32.f16")
MANYWAYS_FROM_HALF(__half2int_rz, int, "=r", "cvt.rzi.s32.f16")
MANYWAYS_FROM_HALF(__half2int_rd, int, "=r", "cvt.rmi.s32.f16")
MANYWAYS_FROM_HALF(__half2int_ru, int, "=r", "cvt.rpi.s32.f16")
MANYWAYS_FROM_HALF(__half2uint_rn, unsigned int, "=r", "cvt.rni.u32.f16")
MANYWAYS_FROM_HALF(__half2uint_rz, unsigned int, "=r", "cvt.rzi.u32.f16")
MANYWAYS_FROM_HALF(__half2short_rn, short, "=h", "cvt.rni.s16.f16")
MANYWAYS_FROM_HALF(__half2ushort_rn, unsigned short, "=h", "cvt.rni.u16.f16")
MANYWAYS_FROM_HALF(__half2ll_rn, long long, "=l", "cvt.rni.s64.f16")
MANYWAYS_FROM_HALF(__half2ull_rn, unsigned long long, "=l", "cvt.rni.u64.f16")
#undef MANYWAYS_FROM_HALF

__device__ inline __half::__half(float value) : __x(__float2half(value).__x) {}

#define MANYWAYS_HALF_BINARY(name, instruction)                                                                        \
    static __device__ inline __half name(__half a, __half b) {                                                         \
        __half result;                                                                                                 \
        asm(instruction " %0, %1, %2;" : "=h"(result.__x) : "h"(a.__x), "h"(b.__x));                                   \
        return result;                                                                                                 \
    }
MANYWAYS_HALF_BINARY(__hadd, "add.rn.f16")
MANYWAYS_HALF_BINARY(__hsub, "sub.rn.f16")
MANYWAYS_HALF_BINARY(__hmul, "mul.rn.f16")
MANYWAYS_HALF_BINARY(__hadd_sat, "add.rn.sat.f16")
MANYWAYS_HALF_BINARY(__hsub_sat, "sub.rn.sat.f16")
MANYWAYS_HALF_BINARY(__hmul_sat, "mul.rn.sat.f16")
MANYWAYS_HALF_BINARY(__hmin, "min.f16")
MANYWAYS_HALF_BINARY(__hmax, "max.f16")
#undef MANYWAYS_HALF_BINARY

static __device__ inline __half __hfma(__half a, __half b, __half c) {
    __half result;
    asm("fma.rn.f16 %0, %1, %2, %3;" : "=h"(result.__x) : "h"(a.__x), "h"(b.__x), "h"(c.__x));
    return result;
}
static __device__ inline __half __hneg(__half a) { return __ushort_as_half(a.__x ^ 0x8000); }
static __device__ inline __half __habs(__half a) { return __ushort_as_half(a.__x & 0x7fff); }
// A quotient of halves in float is far enough from any rounding boundary to round a second time.
static __device__ inline __half __hdiv(__half a, __half b) {
    return __float2half(__fdiv_rn(__half2float(a), __half2float(b)));
}

static __device__ inline bool __hisnan(__half a) { return (a.__x & 0x7fff) > 0x7c00; }
static __device__ inline int __hisinf(__half a) { return a.__x == 0x7c00 ? 1 : a.__x == 0xfc00 ? -1 : 0; }

#define MANYWAYS_HALF_COMPARE(name, operation, intrinsic)                                                              \
    static __device__ inline bool intrinsic(__half a, __half b) { return __half2float(a) operation __half2float(b); }  \
    static __device__ inline bool operator operation(__half a, __half b) { return intrinsic(a, b); }
MANYWAYS_HALF_COMPARE(eq, ==, __heq)
MANYWAYS_HALF_COMPARE(ne, !=, __hne)
MANYWAYS_HALF_COMPARE(lt, <, __hlt)
MANYWAYS_HALF_COMPARE(le, <=, __hle)
MANYWAYS_HALF_COMPARE(gt, >, __hgt)
MANYWAYS_HALF_COMPARE(ge, >=, __hge)
#undef MANYWAYS_HALF_COMPARE

static __device__ inline __half operator+(__half a, __half b) { return __hadd(a, b); }
static __device__ inline __half operator-(__half a, __half b) { return __hsub(a, b); }
static __device__ inline __half operator*(__half a, __half b) { return __hmul(a, b); }
static __device__ inline __half operator/(__half a, __half b) { return __hdiv(a, b); }
static __device__ inline __half operator-(__half a) { return __hneg(a); }
static __device__ inline __half operator+(__half a) { return a; }
static __device__ inline __half &operator+=(__half &a, __half b) { return a = a + b; }
static __device__ inline __half &operator-=(__half &a, __half b) { return a = a - b; }
static __device__ inline __half &operator*=(__half &a, __half b) { return a = a * b; }
static __device__ inline __half &operator/=(__half &a, __half b) { return a = a / b; }

#define MANYWAYS_HALF_FUNCTION(name, function)                                                                         \
    static __device__ inline __half name(__half a) { return __float2half(function(__half2float(a))); }
MANYWAYS_HALF_FUNCTION(hsqrt, sqrtf)
MANYWAYS_HALF_FUNCTION(hrsqrt, rsqrtf)
MANYWAYS_HALF_FUNCTION(hrcp, __frcp_rn)
MANYWAYS_HALF_FUNCTION(hexp, expf)
MANYWAYS_HALF_FUNCTION(hexp2, exp2f)
MANYWAYS_HALF_FUNCTION(hexp10, exp10f)
MANYWAYS_HALF_FUNCTION(hlog, logf)
MANYWAYS_HALF_FUNCTION(hlog2, log2f)
MANYWAYS_HALF_FUNCTION(hlog10, log10f)
MANYWAYS_HALF_FUNCTION(hsin, sinf)
MANYWAYS_HALF_FUNCTION(hcos, cosf)
MANYWAYS_HALF_FUNCTION(hfloor, floorf)
MANYWAYS_HALF_FUNCTION(hceil, ceilf)
MANYWAYS_HALF_FUNCTION(htrunc, truncf)
MANYWAYS_HALF_FUNCTION(hrint, rintf)
#undef MANYWAYS_HALF_FUNCTION

static __device__ inline __half2 __halves2half2(__half low, __half high) { return __half2{low, high}; }
static __device__ inline __half2 make_half2(__half x, __half y) { return __half2{x, y}; }
static __device__ inline __half2 __half2half2(__half both) { return __half2{both, both}; }
static __device__ inline __half __low2half(__half2 pair) { return pair.x; }
static __device__ inline __half __high2half(__half2 pair) { return pair.y; }
static __device__ inline float __low2float(__half2 pair) { return __half2float(pair.x); }
static __device__ inline float __high2float(__half2 pair) { return __half2float(pair.y); }
static __device__ inline __half2 __floats2half2_rn(float low, float high) {
    return __half2{__float2half(low), __float2half(high)};
}
static __device__ inline __half2 __float2half2_rn(float both) { return __half2half2(__float2half(both)); }
static __device__ inline __half2 __float22half2_rn(float2 pair) { return __floats2half2_rn(pair.x, pair.y); }
static __device__ inline float2 __half22float2(__half2 pair) { return make_float2(__low2float(pair), __high2float(pair)); }

static __device__ inline unsigned int __half2_as_uint(__half2 pair) {
    return (unsigned int)pair.y.__x << 16 | pair.x.__x;
}
static __device__ inline __half2 __uint_as_half2(unsigned int bits) {
    return __half2{__ushort_as_half((unsigned short)bits), __ushort_as_half((unsigned short)(bits >> 16))};
}

#define MANYWAYS_HALF2_BINARY(name, instruction)                                                                       \
    static __device__ inline __half2 name(__half2 a, __half2 b) {                                                      \
        unsigned int result;                                                                                           \
        asm(instruction " %0, %1, %2;" : "=r"(result) : "r"(__half2_as_uint(a)), "r"(__half2_as_uint(b)));             \
        return __uint_as_half2(result);                                                                                \
    }
MANYWAYS_HALF2_BINARY(__hadd2, "add.rn.f16x2")
MANYWAYS_HALF2_BINARY(__hsub2, "sub.rn.f16x2")
MANYWAYS_HALF2_BINARY(__hmul2, "mul.rn.f16x2")
MANYWAYS_HALF2_BINARY(__hmin2, "min.f16x2")
MANYWAYS_HALF2_BINARY(__hmax2, "max.f16x2")
#undef MANYWAYS_HALF2_BINARY

static __device__ inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) {
    unsigned int result;
    asm("fma.rn.f16x2 %0, %1, %2, %3;"
        : "=r"(result)
        : "r"(__half2_as_uint(a)), "r"(__half2_as_uint(b)), "r"(__half2_as_uint(c)));
    return __uint_as_half2(result);
}
static __device__ inline __half2 __hneg2(__half2 a) { return __half2{__hneg(a.x), __hneg(a.y)}; }
static __device__ inline __half2 __habs2(__half2 a) { return __half2{__habs(a.x), __habs(a.y)}; }
static __device__ inline __half2 __h2div(__half2 a, __half2 b) { return __half2{__hdiv(a.x, b.x), __hdiv(a.y, b.y)}; }
static __device__ inline __half2 operator+(__half2 a, __half2 b) { return __hadd2(a, b); }
static __device__ inline __half2 operator-(__half2 a, __half2 b) { return __hsub2(a, b); }
static __device__ inline __half2 operator*(__half2 a, __half2 b) { return __hmul2(a, b); }
static __device__ inline __half2 operator/(__half2 a, __half2 b) { return __h2div(a, b); }

#define MANYWAYS_HALF_SHUFFLE(name, type)                                                                              \
    static __device__ inline __half name(unsigned int mask, __half value, type lane, int width = 32) {                 \
        return __ushort_as_half((unsigned short)name(mask, (int)value.__x, lane, width));                              \
    }                                                                                                                  \
    static __device__ inline __half2 name(unsigned int mask, __half2 value, type lane, int width = 32) {               \
        return __uint_as_half2(name(mask, __half2_as_uint(value), lane, width));                                       \
    }
MANYWAYS_HALF_SHUFFLE(__shfl_sync, int)
MANYWAYS_HALF_SHUFFLE(__shfl_up_sync, unsigned int)
MANYWAYS_HALF_SHUFFLE(__shfl_down_sync, unsigned int)
MANYWAYS_HALF_SHUFFLE(__shfl_xor_sync, int)
#undef MANYWAYS_HALF_SHUFFLE

static __device__ inline __half atomicAdd(__half *address, __half value) {
    __half before;
    asm volatile("atom.add.noftz.f16 %0, [%1], %2;"
                 : "=h"(before.__x)
                 : "l"(address), "h"(value.__x)
                 : "memory");
    return before;
}
static __device__ inline __half2 atomicAdd(__half2 *address, __half2 value) {
    unsigned int before;
    asm volatile("atom.add.noftz.f16x2 %0, [%1], %2;"
                 : "=r"(before)
                 : "l"(address), "r"(__half2_as_uint(value))
                 : "memory");
    return __uint_as_half2(before);
}

}
