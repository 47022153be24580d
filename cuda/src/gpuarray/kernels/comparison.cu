// Comparisons and choices of elements of type T.

enum { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR, LOGICAL_NOT };

struct Comparison {
    int operation;

    template <int N>
    __device__ void apply(Vector<bool, N>& result, const Vector<T, N>& a, const Vector<T, N>& b, const Vector<None, N>&) const {
        int which = operation;
        opaque(which);
        switch (which) {
            case EQUAL: return each<Equal>(result, a, b);
            case NOT_EQUAL: return each<NotEqual>(result, a, b);
#if !IS_COMPLEX
            case LESS: return each<Less>(result, a, b);
            case LESS_EQUAL: return each<LessEqual>(result, a, b);
            case GREATER: return each<Greater>(result, a, b);
            case GREATER_EQUAL: return each<GreaterEqual>(result, a, b);
#endif
            case LOGICAL_AND: return each<LogicalAnd>(result, a, b);
            case LOGICAL_OR: return each<LogicalOr>(result, a, b);
            case LOGICAL_XOR: return each<LogicalXor>(result, a, b);
            case LOGICAL_NOT: return each<LogicalNot>(result, a);
        }
    }
};

KERNEL comparison(bool* out, const Operand<T> a, const Operand<T> b, int operation, uint64 count) {
    contiguous(out, a, b, none(), count, Comparison{operation});
}
KERNEL comparison_strided(bool* out, const Operand<T> a, const Operand<T> b, int operation, const Walk walk) {
    strided(out, a, b, none(), walk, Comparison{operation});
}

struct Choose {
    template <int N>
    __device__ void apply(Vector<T, N>& result, const Vector<bool, N>& condition, const Vector<T, N>& then,
                          const Vector<T, N>& otherwise) const {
#pragma unroll
        for (int k = 0; k < N; ++k) result.at[k] = condition.at[k] ? then.at[k] : otherwise.at[k];
    }
};
KERNEL choose(T* out, const Operand<bool> condition, const Operand<T> then, const Operand<T> otherwise, uint64 count) {
    contiguous(out, condition, then, otherwise, count, Choose());
}
KERNEL choose_strided(T* out, const Operand<bool> condition, const Operand<T> then, const Operand<T> otherwise, const Walk walk) {
    strided(out, condition, then, otherwise, walk, Choose());
}
