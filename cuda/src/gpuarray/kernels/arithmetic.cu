// Arithmetic on elements of type T.

BINARY_KERNELS(add, Add, T, T)
BINARY_KERNELS(subtract, Subtract, T, T)
BINARY_KERNELS(multiply, Multiply, T, T)
BINARY_KERNELS(divide, Divide, T, T)
BINARY_KERNELS(power, Power, T, T)
UNARY_KERNELS(negate, Negate, T, T)

// a * x + b * y with numbers a and b.
struct Combine : Light {
    T a, b;
    __device__ Combine(T a, T b) : a(a), b(b) {}
    __device__ T operator()(T x, T y, None) const { return a * x + b * y; }
};
extern "C" __global__ void __launch_bounds__(256)
    array_mul_add(T* out, const Operand<T> x, const Operand<T> y, T a, T b, uint64 count) {
    contiguous(out, x, y, none(), count, Combine(a, b));
}
extern "C" __global__ void __launch_bounds__(256)
    array_mul_add_strided(T* out, const Operand<T> x, const Operand<T> y, T a, T b, const Walk walk) {
    strided(out, x, y, none(), walk, Combine(a, b));
}

#if IS_COMPLEX
UNARY_KERNELS(absolute, Absolute, REAL, T)
UNARY_KERNELS(conjugate, Conjugate, T, T)
#else
BINARY_KERNELS(remainder, Remainder, T, T)
BINARY_KERNELS(minimum, Minimum, T, T)
BINARY_KERNELS(maximum, Maximum, T, T)
UNARY_KERNELS(absolute, Absolute, T, T)
UNARY_KERNELS(sign, Sign, T, T)
#endif

#if IS_INTEGER
BINARY_KERNELS(bit_and, And, T, T)
BINARY_KERNELS(bit_or, Or, T, T)
BINARY_KERNELS(bit_xor, Xor, T, T)
UNARY_KERNELS(bit_not, Not, T, T)
BINARY_KERNELS(shift_left, ShiftLeft, T, T)
BINARY_KERNELS(shift_right, ShiftRight, T, T)
#endif

// Element i is start + i * step.
extern "C" __global__ void __launch_bounds__(256) array_arange(T* out, T start, T step, uint64 count) {
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        out[i] = start + cast<T>(i) * step;
    }
}
