// Complex numbers for kernels, laid out as two neighbouring numbers: as num_complex::Complex, float2 and double2 are.
#pragma once

extern "C++" {
namespace manyways {

template <class T> struct alignas(2 * sizeof(T)) complex {
    typedef T value_type;
    T re, im;

    complex() = default;
    __device__ constexpr complex(T re, T im = T(0)) : re(re), im(im) {}
    template <class U>
    __device__ explicit constexpr complex(const complex<U> &other) : re(T(other.re)), im(T(other.im)) {}

    __device__ constexpr T real() const { return re; }
    __device__ constexpr T imag() const { return im; }

    __device__ complex &operator+=(complex other) { return *this = *this + other; }
    __device__ complex &operator-=(complex other) { return *this = *this - other; }
    __device__ complex &operator*=(complex other) { return *this = *this * other; }
    __device__ complex &operator/=(complex other) { return *this = *this / other; }

    // Friends, so that a number of type T on either side becomes a complex one.
    __device__ friend constexpr complex operator+(complex a) { return a; }
    __device__ friend constexpr complex operator-(complex a) { return complex(-a.re, -a.im); }
    __device__ friend constexpr complex operator+(complex a, complex b) { return complex(a.re + b.re, a.im + b.im); }
    __device__ friend constexpr complex operator-(complex a, complex b) { return complex(a.re - b.re, a.im - b.im); }
    __device__ friend constexpr complex operator*(complex a, complex b) {
        return complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
    }
    // Smith's way: neither the square of b nor a product with it can overflow where the quotient does not.
    __device__ friend complex operator/(complex a, complex b) {
        if (fabs(b.re) >= fabs(b.im)) {
            const T ratio = b.im / b.re, scale = b.re + b.im * ratio;
            return complex((a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale);
        }
        const T ratio = b.re / b.im, scale = b.re * ratio + b.im;
        return complex((a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale);
    }
    __device__ friend constexpr bool operator==(complex a, complex b) { return a.re == b.re && a.im == b.im; }
    __device__ friend constexpr bool operator!=(complex a, complex b) { return !(a == b); }
};

template <class T> __device__ constexpr T real(complex<T> z) { return z.re; }
template <class T> __device__ constexpr T imag(complex<T> z) { return z.im; }
template <class T> __device__ constexpr complex<T> conj(complex<T> z) { return complex<T>(z.re, -z.im); }
template <class T> __device__ constexpr T norm(complex<T> z) { return z.re * z.re + z.im * z.im; }
template <class T> __device__ T abs(complex<T> z) { return ::hypot(z.re, z.im); }
template <class T> __device__ T arg(complex<T> z) { return ::atan2(z.im, z.re); }
template <class T> __device__ complex<T> polar(T radius, T angle) {
    return complex<T>(radius * ::cos(angle), radius * ::sin(angle));
}

template <class T> __device__ complex<T> exp(complex<T> z) { return polar(::exp(z.re), z.im); }
template <class T> __device__ complex<T> log(complex<T> z) { return complex<T>(::log(abs(z)), arg(z)); }
template <class T> __device__ complex<T> log10(complex<T> z) {
    const T scale = T(0.43429448190325182765);
    return complex<T>(::log(abs(z)) * scale, arg(z) * scale);
}

// The root with a real part that is not negative, without cancellation.
template <class T> __device__ complex<T> sqrt(complex<T> z) {
    const T half = ::sqrt((abs(z) + ::fabs(z.re)) / T(2));
    if (half == T(0))
        return complex<T>(T(0), z.im);
    const T other = z.im / (T(2) * half);
    return z.re >= T(0) ? complex<T>(half, other) : complex<T>(::fabs(other), ::copysign(half, z.im));
}

template <class T> __device__ complex<T> pow(complex<T> base, complex<T> exponent) {
    if (base.re == T(0) && base.im == T(0))
        return exponent.re == T(0) && exponent.im == T(0) ? complex<T>(T(1)) : complex<T>(T(0));
    return exp(exponent * log(base));
}
template <class T> __device__ complex<T> pow(complex<T> base, T exponent) { return pow(base, complex<T>(exponent)); }
template <class T> __device__ complex<T> pow(T base, complex<T> exponent) { return pow(complex<T>(base), exponent); }

template <class T> __device__ complex<T> sin(complex<T> z) {
    return complex<T>(::sin(z.re) * ::cosh(z.im), ::cos(z.re) * ::sinh(z.im));
}
template <class T> __device__ complex<T> cos(complex<T> z) {
    return complex<T>(::cos(z.re) * ::cosh(z.im), -::sin(z.re) * ::sinh(z.im));
}
template <class T> __device__ complex<T> sinh(complex<T> z) {
    return complex<T>(::sinh(z.re) * ::cos(z.im), ::cosh(z.re) * ::sin(z.im));
}
template <class T> __device__ complex<T> cosh(complex<T> z) {
    return complex<T>(::cosh(z.re) * ::cos(z.im), ::sinh(z.re) * ::sin(z.im));
}
// By the sum of squares below, which grows no faster than the result's denominator and never cancels.
template <class T> __device__ complex<T> tanh(complex<T> z) {
    // Beyond this the real part is 1 to the last bit, and cosh overflows later.
    if (::fabs(z.re) > T(20))
        return complex<T>(::copysign(T(1), z.re), T(4) * ::sin(z.im) * ::cos(z.im) * ::exp(T(-2) * ::fabs(z.re)));
    const T s = ::sinh(z.re), c = ::cos(z.im);
    const T scale = s * s + c * c;
    return complex<T>(s * ::cosh(z.re) / scale, ::sin(z.im) * c / scale);
}
template <class T> __device__ complex<T> tan(complex<T> z) {
    const complex<T> turned = tanh(complex<T>(-z.im, z.re));
    return complex<T>(turned.im, -turned.re);
}

}
}
