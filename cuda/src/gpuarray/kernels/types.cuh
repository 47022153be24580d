// The element types that CUDA C++ lacks without a toolkit's headers, and conversions between all types.

#include <manyways/complex.cuh>

typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef signed char int8;
typedef short int16;
typedef int int32;
typedef long long int64;

// IEEE binary16. It is converted to float for each operation and the result is rounded, which is as good as a correctly
// rounded operation of half precision for + - * / and sqrt, since float has more than twice the digits.
struct half {
    uint16 bits;

    half() = default;
    __device__ half(float value) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value)); }
    __device__ half(double value) { asm("cvt.rn.f16.f64 %0, %1;" : "=h"(bits) : "d"(value)); }
    __device__ half(int32 value) { asm("cvt.rn.f16.s32 %0, %1;" : "=h"(bits) : "r"(value)); }
    __device__ half(uint32 value) { asm("cvt.rn.f16.u32 %0, %1;" : "=h"(bits) : "r"(value)); }
    __device__ half(int64 value) { asm("cvt.rn.f16.s64 %0, %1;" : "=h"(bits) : "l"(value)); }
    __device__ half(uint64 value) { asm("cvt.rn.f16.u64 %0, %1;" : "=h"(bits) : "l"(value)); }
    __device__ half(bool value) : half((int32)value) {}
    __device__ half(int8 value) : half((int32)value) {}
    __device__ half(int16 value) : half((int32)value) {}
    __device__ half(uint8 value) : half((int32)value) {}
    __device__ half(uint16 value) : half((int32)value) {}

    __device__ operator float() const {
        float value;
        asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
        return value;
    }
    __device__ half& operator+=(half other) { return *this = half((float)*this + (float)other); }
    __device__ half& operator-=(half other) { return *this = half((float)*this - (float)other); }
    __device__ half& operator*=(half other) { return *this = half((float)*this * (float)other); }
    __device__ half& operator/=(half other) { return *this = half((float)*this / (float)other); }
};

__device__ inline half operator+(half a, half b) { return a += b; }
__device__ inline half operator-(half a, half b) { return a -= b; }
__device__ inline half operator*(half a, half b) { return a *= b; }
__device__ inline half operator/(half a, half b) { return a /= b; }
__device__ inline half operator-(half a) { return half(-(float)a); }
__device__ inline bool operator==(half a, half b) { return (float)a == (float)b; }
__device__ inline bool operator!=(half a, half b) { return (float)a != (float)b; }
__device__ inline bool operator<(half a, half b) { return (float)a < (float)b; }
__device__ inline bool operator<=(half a, half b) { return (float)a <= (float)b; }
__device__ inline bool operator>(half a, half b) { return (float)a > (float)b; }
__device__ inline bool operator>=(half a, half b) { return (float)a >= (float)b; }

using manyways::complex;

// Conversions as a cast in C does them; a complex number loses its imaginary part on the way to a real one.
template <class To, class From>
struct Cast {
    static __device__ To from(From value) { return (To)value; }
};
template <class From>
struct Cast<bool, From> {
    static __device__ bool from(From value) { return value != (From)0; }
};
template <class To, class S>
struct Cast<To, complex<S> > {
    static __device__ To from(complex<S> value) { return Cast<To, S>::from(value.re); }
};
template <class S>
struct Cast<bool, complex<S> > {
    static __device__ bool from(complex<S> value) { return value.re != (S)0 || value.im != (S)0; }
};
template <class R, class From>
struct Cast<complex<R>, From> {
    static __device__ complex<R> from(From value) { return complex<R>((R)value); }
};
template <class R, class S>
struct Cast<complex<R>, complex<S> > {
    static __device__ complex<R> from(complex<S> value) { return complex<R>((R)value.re, (R)value.im); }
};
template <class To, class From>
__device__ To cast(From value) {
    return Cast<To, From>::from(value);
}
