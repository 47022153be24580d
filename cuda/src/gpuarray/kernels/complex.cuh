// Functions of complex numbers.

template <class R>
__device__ complex<R> exp(complex<R> z) {
    const R size = exp(z.re);
    // Where the angle is zero, so is the imaginary part, even if the size is infinite.
    return z.im == 0 ? complex<R>(size, z.im) : complex<R>(size * cos(z.im), size * sin(z.im));
}
template <class R>
__device__ complex<R> log(complex<R> z) {
    return complex<R>(log(hypot(z.re, z.im)), atan2(z.im, z.re));
}
template <class R>
__device__ complex<R> sqrt(complex<R> z) {
    if (z.re == 0 && z.im == 0) return complex<R>(0, z.im);
    const R root = sqrt((fabs(z.re) + hypot(z.re, z.im)) / 2), other = z.im / (2 * root);
    return z.re >= 0 ? complex<R>(root, other) : complex<R>(fabs(other), copysign(root, z.im));
}
template <class R>
__device__ complex<R> sin(complex<R> z) {
    return complex<R>(sin(z.re) * cosh(z.im), cos(z.re) * sinh(z.im));
}
template <class R>
__device__ complex<R> cos(complex<R> z) {
    return complex<R>(cos(z.re) * cosh(z.im), -sin(z.re) * sinh(z.im));
}
template <class R>
__device__ complex<R> sinh(complex<R> z) {
    return complex<R>(sinh(z.re) * cos(z.im), cosh(z.re) * sin(z.im));
}
template <class R>
__device__ complex<R> cosh(complex<R> z) {
    return complex<R>(cosh(z.re) * cos(z.im), sinh(z.re) * sin(z.im));
}
// By the tangents of the parts, which do not overflow where the result does not.
template <class R>
__device__ complex<R> tan(complex<R> z) {
    const R t = tan(z.re), h = tanh(z.im), c = 1 / cosh(z.im), scale = 1 + t * t * h * h;
    return complex<R>(t * c * c / scale, h * (1 + t * t) / scale);
}
template <class R>
__device__ complex<R> tanh(complex<R> z) {
    const complex<R> turned = tan(complex<R>(-z.im, z.re));
    return complex<R>(turned.im, -turned.re);
}
