// The element types that CUDA C++ lacks without a toolkit's headers: half precision and complex numbers.

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

template <class R>
struct __align__(2 * sizeof(R)) complex {
    R re, im;

    complex() = default;
    __device__ complex(R re, R im = R(0)) : re(re), im(im) {}
    template <class S>
    __device__ explicit complex(const complex<S>& other) : re((R)other.re), im((R)other.im) {}

    __device__ R real() const { return re; }
    __device__ R imag() const { return im; }
    __device__ complex& operator+=(complex other) { return *this = complex(re + other.re, im + other.im); }
    __device__ complex& operator-=(complex other) { return *this = complex(re - other.re, im - other.im); }
    __device__ complex& operator*=(complex other) {
        return *this = complex(re * other.re - im * other.im, re * other.im + im * other.re);
    }
    __device__ complex& operator/=(complex other);
};

// Smith's division, which does not overflow where the quotient does not.
template <class R>
__device__ complex<R>& complex<R>::operator/=(complex<R> other) {
    if (fabs(other.re) >= fabs(other.im)) {
        const R ratio = other.im / other.re, scale = other.re + other.im * ratio;
        return *this = complex((re + im * ratio) / scale, (im - re * ratio) / scale);
    }
    const R ratio = other.re / other.im, scale = other.re * ratio + other.im;
    return *this = complex((re * ratio + im) / scale, (im * ratio - re) / scale);
}

// The parameters of the second operand are not deduced, so that a number of any type may stand there.
template <class T>
struct identity {
    typedef T type;
};

#define COMPLEX_OPERATOR(OP)                                                                             \
    template <class R>                                                                                   \
    __device__ complex<R> operator OP(complex<R> a, complex<R> b) {                                      \
        return a OP##= b;                                                                                \
    }                                                                                                    \
    template <class R>                                                                                   \
    __device__ complex<R> operator OP(complex<R> a, typename identity<R>::type b) {                      \
        return a OP##= complex<R>(b);                                                                    \
    }                                                                                                    \
    template <class R>                                                                                   \
    __device__ complex<R> operator OP(typename identity<R>::type a, complex<R> b) {                      \
        return complex<R>(a) OP##= b;                                                                    \
    }
COMPLEX_OPERATOR(+)
COMPLEX_OPERATOR(-)
COMPLEX_OPERATOR(*)
COMPLEX_OPERATOR(/)
#undef COMPLEX_OPERATOR

template <class R>
__device__ complex<R> operator-(complex<R> a) {
    return complex<R>(-a.re, -a.im);
}
template <class R>
__device__ bool operator==(complex<R> a, complex<R> b) {
    return a.re == b.re && a.im == b.im;
}
template <class R>
__device__ bool operator!=(complex<R> a, complex<R> b) {
    return !(a == b);
}
template <class R>
__device__ R real(complex<R> z) {
    return z.re;
}
template <class R>
__device__ R imag(complex<R> z) {
    return z.im;
}
template <class R>
__device__ complex<R> conj(complex<R> z) {
    return complex<R>(z.re, -z.im);
}
template <class R>
__device__ R abs(complex<R> z) {
    return hypot(z.re, z.im);
}

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
