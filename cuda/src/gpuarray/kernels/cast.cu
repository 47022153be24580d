// Elements of type T as ones of all types.

template <class R>
struct Convert : Light {
    static __device__ R apply(T value) { return cast<R>(value); }
};

UNARY_KERNELS(to_bool, Convert<bool>, bool, T)
UNARY_KERNELS(to_int8, Convert<int8>, int8, T)
UNARY_KERNELS(to_int16, Convert<int16>, int16, T)
UNARY_KERNELS(to_int32, Convert<int32>, int32, T)
UNARY_KERNELS(to_int64, Convert<int64>, int64, T)
UNARY_KERNELS(to_uint8, Convert<uint8>, uint8, T)
UNARY_KERNELS(to_uint16, Convert<uint16>, uint16, T)
UNARY_KERNELS(to_uint32, Convert<uint32>, uint32, T)
UNARY_KERNELS(to_uint64, Convert<uint64>, uint64, T)
UNARY_KERNELS(to_float16, Convert<half>, half, T)
UNARY_KERNELS(to_float32, Convert<float>, float, T)
UNARY_KERNELS(to_float64, Convert<double>, double, T)
UNARY_KERNELS(to_complex64, Convert<complex<float> >, complex<float>, T)
UNARY_KERNELS(to_complex128, Convert<complex<double> >, complex<double>, T)
