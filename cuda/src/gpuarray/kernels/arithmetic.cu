// Arithmetic on elements of type T. Which operation it is, all threads know alike: the choice costs next to nothing
// beside the memory's accesses, and one kernel is a sixteenth of sixteen.

enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, MINIMUM, MAXIMUM, BIT_AND, BIT_OR, BIT_XOR, SHIFT_LEFT, SHIFT_RIGHT,
       NEGATE, ABSOLUTE, SIGN, BIT_NOT, CONJUGATE };

struct Arithmetic {
    int operation;

    template <int N>
    __device__ void apply(Vector<T, N>& result, const Vector<T, N>& a, const Vector<T, N>& b, const Vector<None, N>&) const {
        int which = operation;
        opaque(which);
        switch (which) {
            case ADD: return each<Add>(result, a, b);
            case SUBTRACT: return each<Subtract>(result, a, b);
            case MULTIPLY: return each<Multiply>(result, a, b);
            case DIVIDE: return each<Divide>(result, a, b);
            case NEGATE: return each<Negate>(result, a);
#if IS_COMPLEX
            case CONJUGATE: return each<Conjugate>(result, a);
#else
            case MINIMUM: return each<Minimum>(result, a, b);
            case MAXIMUM: return each<Maximum>(result, a, b);
            case ABSOLUTE: return each<Absolute>(result, a);
            case SIGN: return each<Sign>(result, a);
#endif
#if IS_INTEGER || IS_BOOL
            case BIT_AND: return each<And>(result, a, b);
            case BIT_OR: return each<Or>(result, a, b);
            case BIT_XOR: return each<Xor>(result, a, b);
#endif
#if IS_INTEGER
            case SHIFT_LEFT: return each<ShiftLeft>(result, a, b);
            case SHIFT_RIGHT: return each<ShiftRight>(result, a, b);
            case BIT_NOT: return each<Not>(result, a);
#endif
        }
    }
};

KERNEL arithmetic(T* out, const Operand<T> a, const Operand<T> b, int operation, uint64 count) {
    contiguous(out, a, b, none(), count, Arithmetic{operation});
}
KERNEL arithmetic_strided(T* out, const Operand<T> a, const Operand<T> b, int operation, const Walk walk) {
    strided(out, a, b, none(), walk, Arithmetic{operation});
}

// a * x + b * y with numbers a and b.
struct Combine {
    T a, b;

    template <int N>
    __device__ void apply(Vector<T, N>& result, const Vector<T, N>& x, const Vector<T, N>& y, const Vector<None, N>&) const {
#pragma unroll
        for (int k = 0; k < N; ++k) result.at[k] = a * x.at[k] + b * y.at[k];
    }
};
KERNEL mul_add(T* out, const Operand<T> x, const Operand<T> y, T a, T b, uint64 count) {
    contiguous(out, x, y, none(), count, Combine{a, b});
}
KERNEL mul_add_strided(T* out, const Operand<T> x, const Operand<T> y, T a, T b, const Walk walk) {
    strided(out, x, y, none(), walk, Combine{a, b});
}

// Powers and remainders take so many instructions that vectors would be of no use.
template <class OP>
struct Pair {
    template <int N>
    __device__ void apply(Vector<T, N>& result, const Vector<T, N>& a, const Vector<T, N>& b, const Vector<None, N>&) const {
        each<OP>(result, a, b);
    }
};
KERNEL power_strided(T* out, const Operand<T> a, const Operand<T> b, const Walk walk) {
    strided(out, a, b, none(), walk, Pair<Power>());
}
#if !IS_COMPLEX
KERNEL remainder_strided(T* out, const Operand<T> a, const Operand<T> b, const Walk walk) {
    strided(out, a, b, none(), walk, Pair<Remainder>());
}
#endif

#if IS_COMPLEX
KERNEL absolute_strided(REAL* out, const Operand<T> a, const Walk walk) {
    strided(out, a, none(), none(), walk, Single<Absolute>());
}
#endif

// Element i is start + i * step.
KERNEL arange(T* out, T start, T step, uint64 count) {
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        out[i] = start + cast<T>(i) * step;
    }
}
