// Functions of floating-point and complex numbers of type T. Half precision is computed in float.

#if IS_HALF
typedef float Work;
#else
typedef T Work;
#endif

// All of them take many instructions, so that vectors would be of no use: there is one kernel for arrays of any strides.
#define FUNCTION(NAME, EXPRESSION)                                       \
    struct NAME##_of {                                                   \
        static __device__ T apply(T argument) {                          \
            const Work x = (Work)argument;                               \
            return (T)(EXPRESSION);                                      \
        }                                                                \
    };                                                                   \
    KERNEL function_##NAME(T* out, const Operand<T> a, const Walk walk) { \
        strided(out, a, none(), none(), walk, Single<NAME##_of>());      \
    }

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
FUNCTION(ceil, ceil(x))
FUNCTION(floor, floor(x))
FUNCTION(trunc, trunc(x))
FUNCTION(rint, rint(x))
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
FUNCTION(significand, significand(x))
FUNCTION(exponent, exponent(x))
FUNCTION(fraction, fraction(x))

#define FUNCTION_OF_TWO(NAME, EXPRESSION)                                                                             \
    struct NAME##_of {                                                                                                \
        template <int N>                                                                                              \
        __device__ void apply(Vector<T, N>& result, const Vector<T, N>& a, const Vector<T, N>& b, const Vector<None, N>&) const { \
            each<NAME##_of>(result, a, b);                                                                            \
        }                                                                                                             \
        static __device__ T apply(T first, T second) {                                                                \
            const Work x = (Work)first, y = (Work)second;                                                             \
            return (T)(EXPRESSION);                                                                                   \
        }                                                                                                             \
    };                                                                                                                \
    KERNEL function_##NAME(T* out, const Operand<T> a, const Operand<T> b, const Walk walk) {                         \
        strided(out, a, b, none(), walk, NAME##_of());                                                                \
    }

FUNCTION_OF_TWO(fmod, fmod(x, y))
FUNCTION_OF_TWO(ldexp, ldexp(x, (int)y))
FUNCTION_OF_TWO(atan2, atan2(x, y))
FUNCTION_OF_TWO(hypot, hypot(x, y))
FUNCTION_OF_TWO(copysign, copysign(x, y))
#endif
