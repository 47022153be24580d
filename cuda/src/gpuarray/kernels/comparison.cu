// Comparisons and choices of elements of type T.

BINARY_KERNELS(equal, Equal, bool, T)
BINARY_KERNELS(not_equal, NotEqual, bool, T)
BINARY_KERNELS(logical_and, LogicalAnd, bool, T)
BINARY_KERNELS(logical_or, LogicalOr, bool, T)
BINARY_KERNELS(logical_xor, LogicalXor, bool, T)
UNARY_KERNELS(logical_not, LogicalNot, bool, T)

#if !IS_COMPLEX
BINARY_KERNELS(less, Less, bool, T)
BINARY_KERNELS(less_equal, LessEqual, bool, T)
BINARY_KERNELS(greater, Greater, bool, T)
BINARY_KERNELS(greater_equal, GreaterEqual, bool, T)
#endif

#if IS_BOOL
BINARY_KERNELS(bit_and, And, bool, bool)
BINARY_KERNELS(bit_or, Or, bool, bool)
BINARY_KERNELS(bit_xor, Xor, bool, bool)
UNARY_KERNELS(bit_not, Not, bool, bool)
BINARY_KERNELS(minimum, And, bool, bool)
BINARY_KERNELS(maximum, Or, bool, bool)
#endif

struct Choose : Light {
    __device__ T operator()(bool condition, T then, T otherwise) const { return condition ? then : otherwise; }
};
extern "C" __global__ void __launch_bounds__(256)
    array_where(T* out, const Operand<bool> condition, const Operand<T> then, const Operand<T> otherwise, uint64 count) {
    contiguous(out, condition, then, otherwise, count, Choose());
}
extern "C" __global__ void __launch_bounds__(256)
    array_where_strided(T* out, const Operand<bool> condition, const Operand<T> then, const Operand<T> otherwise, const Walk walk) {
    strided(out, condition, then, otherwise, walk, Choose());
}
