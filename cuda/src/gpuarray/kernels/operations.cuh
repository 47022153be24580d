// What the operators and functions do with single elements.

template <class T>
struct Traits {
    static constexpr bool is_integer = true, is_signed = (T)-1 < (T)1, is_complex = false;
};
template <>
struct Traits<half> {
    static constexpr bool is_integer = false, is_signed = true, is_complex = false;
};
template <>
struct Traits<float> : Traits<half> {};
template <>
struct Traits<double> : Traits<half> {};
template <class R>
struct Traits<complex<R> > {
    static constexpr bool is_integer = false, is_signed = true, is_complex = true;
};

struct Add {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a + b;
    }
};
struct Subtract {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a - b;
    }
};
struct Multiply {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a * b;
    }
};

// Integers are divided towards zero. Division by zero gives zero, as NumPy's does, and the smallest number divided by -1
// gives itself: what the hardware would do with either is undefined.
struct Divide {
    template <class T>
    static __device__ T apply(T a, T b) {
        if constexpr (Traits<T>::is_integer) {
            if (b == 0) return 0;
            if (Traits<T>::is_signed && b == (T)-1) return (T)(0 - (uint64)a);
        }
        return a / b;
    }
};

// The rest of that division.
struct Remainder {
    template <class T>
    static __device__ T apply(T a, T b) {
        if constexpr (Traits<T>::is_integer) {
            if (b == 0 || (Traits<T>::is_signed && b == (T)-1)) return 0;
            return a % b;
        } else {
            return (T)fmod_(a, b);
        }
    }
    static __device__ float fmod_(half a, half b) { return fmodf(a, b); }
    static __device__ float fmod_(float a, float b) { return fmodf(a, b); }
    static __device__ double fmod_(double a, double b) { return fmod(a, b); }
};

// A comparison with itself fails for what is not a number, which is then the result, as in NumPy.
struct Minimum {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a < b || a != a ? a : b;
    }
};
struct Maximum {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a > b || a != a ? a : b;
    }
};

struct Power {
    // Wraps around, as all arithmetic of integers does. A negative exponent leaves what is left of 1 / base.
    template <class T>
    static __device__ T apply(T base, T exponent) {
        if constexpr (Traits<T>::is_signed) {
            if (exponent < 0) return base == 1 ? (T)1 : base == (T)-1 ? (T)((exponent & 1) ? -1 : 1) : (T)0;
        }
        T result = 1;
        for (uint64 left = (uint64)exponent; left != 0; left >>= 1) {
            if (left & 1) result *= base;
            base *= base;
        }
        return result;
    }
    static __device__ half apply(half base, half exponent) { return half(powf(base, exponent)); }
    static __device__ float apply(float base, float exponent) { return powf(base, exponent); }
    static __device__ double apply(double base, double exponent) { return pow(base, exponent); }
    template <class R>
    static __device__ complex<R> apply(complex<R> base, complex<R> exponent) {
        if (exponent.re == 0 && exponent.im == 0) return complex<R>(1);
        if (base.re == 0 && base.im == 0) return complex<R>(0);
        return exp(exponent * log(base));
    }
};

struct Negate {
    template <class T>
    static __device__ T apply(T a) {
        return -a;
    }
};
struct Absolute {
    template <class T>
    static __device__ T apply(T a) {
        if constexpr (Traits<T>::is_signed) return a < 0 ? (T)-a : a;
        return a;
    }
    static __device__ half apply(half a) { return half(fabsf(a)); }
    static __device__ float apply(float a) { return fabsf(a); }
    static __device__ double apply(double a) { return fabs(a); }
    template <class R>
    static __device__ R apply(complex<R> a) {
        return abs(a);
    }
};
struct Sign {
    template <class T>
    static __device__ T apply(T a) {
        if constexpr (Traits<T>::is_signed) {
            if (a < (T)0) return (T)-1;
        }
        return a > (T)0 ? (T)1 : a;
    }
};
struct Conjugate {
    template <class T>
    static __device__ T apply(T a) {
        return conj(a);
    }
};

struct And {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a & b;
    }
};
struct Or {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a | b;
    }
};
struct Xor {
    template <class T>
    static __device__ T apply(T a, T b) {
        return a ^ b;
    }
};
struct Not {
    template <class T>
    static __device__ T apply(T a) {
        return ~a;
    }
    static __device__ bool apply(bool a) { return !a; }
};

// A shift by as many bits as there are, or more, leaves zeros, or the sign.
struct ShiftLeft {
    template <class T>
    static __device__ T apply(T a, T b) {
        return (uint64)b < 8 * sizeof(T) ? (T)((uint64)a << b) : (T)0;
    }
};
struct ShiftRight {
    template <class T>
    static __device__ T apply(T a, T b) {
        if ((uint64)b < 8 * sizeof(T)) return a >> b;
        if constexpr (Traits<T>::is_signed) return a < 0 ? (T)-1 : (T)0;
        return 0;
    }
};

#define COMPARISON(NAME, OP)                   \
    struct NAME {                      \
        template <class T>                     \
        static __device__ bool apply(T a, T b) { \
            return a OP b;                     \
        }                                      \
    };
COMPARISON(Equal, ==)
COMPARISON(NotEqual, !=)
COMPARISON(Less, <)
COMPARISON(LessEqual, <=)
COMPARISON(Greater, >)
COMPARISON(GreaterEqual, >=)
#undef COMPARISON

struct LogicalAnd {
    template <class T>
    static __device__ bool apply(T a, T b) {
        return cast<bool>(a) && cast<bool>(b);
    }
};
struct LogicalOr {
    template <class T>
    static __device__ bool apply(T a, T b) {
        return cast<bool>(a) || cast<bool>(b);
    }
};
struct LogicalXor {
    template <class T>
    static __device__ bool apply(T a, T b) {
        return cast<bool>(a) != cast<bool>(b);
    }
};
struct LogicalNot {
    template <class T>
    static __device__ bool apply(T a) {
        return !cast<bool>(a);
    }
};
