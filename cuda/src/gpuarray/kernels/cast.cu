// Elements of all types as ones of type T.

template <class R>
struct Convert {
    template <class A>
    static __device__ R apply(A value) {
        return cast<R>(value);
    }
};

#define FROM(NAME, TYPE)                                                             \
    KERNEL from_##NAME(T* out, const Operand<TYPE> from, uint64 count) {             \
        contiguous(out, from, none(), none(), count, Single<Convert<T> >());         \
    }

FROM(bool, bool)
FROM(int8, int8)
FROM(int16, int16)
FROM(int32, int32)
FROM(int64, int64)
FROM(uint8, uint8)
FROM(uint16, uint16)
FROM(uint32, uint32)
FROM(uint64, uint64)
FROM(float16, half)
FROM(float32, float)
FROM(float64, double)
FROM(complex64, complex<float>)
FROM(complex128, complex<double>)

// The numbers of the types are their places in this list.
__device__ inline T element_of(const void* data, int64 place, int type) {
    switch (type) {
        case 0: return cast<T>(((const bool*)data)[place]);
        case 1: return cast<T>(((const int8*)data)[place]);
        case 2: return cast<T>(((const int16*)data)[place]);
        case 3: return cast<T>(((const int32*)data)[place]);
        case 4: return cast<T>(((const int64*)data)[place]);
        case 5: return cast<T>(((const uint8*)data)[place]);
        case 6: return cast<T>(((const uint16*)data)[place]);
        case 7: return cast<T>(((const uint32*)data)[place]);
        case 8: return cast<T>(((const uint64*)data)[place]);
        case 9: return cast<T>(((const half*)data)[place]);
        case 10: return cast<T>(((const float*)data)[place]);
        case 11: return cast<T>(((const double*)data)[place]);
        case 12: return cast<T>(((const complex<float>*)data)[place]);
        default: return cast<T>(((const complex<double>*)data)[place]);
    }
}

KERNEL convert_strided(T* out, const void* from, int type, const Walk walk) {
    const bool is_small = walk.count <= 0xffffffffull;
#pragma unroll 1
    for (uint64 i = thread_index(); i < walk.count; i += thread_count()) {
        int64 places[4];
        locate(walk, i, is_small, places);
        out[places[0]] = element_of(from, places[1], type);
    }
}
