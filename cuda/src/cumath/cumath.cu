// Functions of floating-point and complex numbers of type T. Half precision is computed in float.

#if IS_HALF
typedef float Work;
#else
typedef T Work;
#endif

#define FUNCTION(NAME, EXPRESSION)                        \
    struct NAME##_of : Heavy {                            \
        static __device__ T apply(T argument) {           \
            const Work x = (Work)argument;                \
            return (T)(EXPRESSION);                       \
        }                                                 \
    };                                                    \
    UNARY_KERNELS(NAME, NAME##_of, T, T)

#define LIGHT_FUNCTION(NAME, EXPRESSION)                  \
    struct NAME##_of : Light {                            \
        static __device__ T apply(T argument) {           \
            const Work x = (Work)argument;                \
            return (T)(EXPRESSION);                       \
        }                                                 \
    };                                                    \
    UNARY_KERNELS(NAME, NAME##_of, T, T)

FUNCTION(exp, exp(x))
FUNCTION(log, log(x))
FUNCTION(sqrt, sqrt(x))
FUNCTION(sin, sin(x))
FUNCTION(cos, cos(x))
FUNCTION(tan, tan(x))
FUNCTION(sinh, sinh(x))
FUNCTION(cosh, cosh(x))
FUNCTION(tanh, tanh(x))

#if !IS_COMPLEX
LIGHT_FUNCTION(ceil, ceil(x))
LIGHT_FUNCTION(floor, floor(x))
LIGHT_FUNCTION(trunc, trunc(x))
LIGHT_FUNCTION(rint, rint(x))
FUNCTION(exp2, exp2(x))
FUNCTION(expm1, expm1(x))
FUNCTION(log2, log2(x))
FUNCTION(log10, log10(x))
FUNCTION(log1p, log1p(x))
FUNCTION(cbrt, cbrt(x))
FUNCTION(asin, asin(x))
FUNCTION(acos, acos(x))
FUNCTION(atan, atan(x))
FUNCTION(asinh, asinh(x))
FUNCTION(acosh, acosh(x))
FUNCTION(atanh, atanh(x))
FUNCTION(erf, erf(x))
FUNCTION(erfc, erfc(x))

// The parts of a number: significand in [0.5, 1) and exponent of two, fraction and whole number.
__device__ inline Work significand(Work x) {
    int exponent;
    return frexp(x, &exponent);
}
__device__ inline Work exponent(Work x) {
    int exponent;
    frexp(x, &exponent);
    return (Work)exponent;
}
// Infinity has no fraction.
__device__ inline Work fraction(Work x) { return isinf(x) ? copysign((Work)0, x) : copysign(x - trunc(x), x); }
LIGHT_FUNCTION(significand, significand(x))
LIGHT_FUNCTION(exponent, exponent(x))
LIGHT_FUNCTION(fraction, fraction(x))

#define FUNCTION_OF_TWO(NAME, EXPRESSION)                             \
    struct NAME##_of : Heavy {                                        \
        static __device__ T apply(T first, T second) {                \
            const Work x = (Work)first, y = (Work)second;             \
            return (T)(EXPRESSION);                                   \
        }                                                             \
    };                                                                \
    BINARY_KERNELS(NAME, NAME##_of, T, T)

FUNCTION_OF_TWO(fmod, fmod(x, y))
FUNCTION_OF_TWO(ldexp, ldexp(x, (int)y))
FUNCTION_OF_TWO(atan2, atan2(x, y))
FUNCTION_OF_TWO(hypot, hypot(x, y))
FUNCTION_OF_TWO(copysign, copysign(x, y))
#endif
