// Elements of SIZE bytes moved about, whatever they are.

typedef Vector<uint8, 1> Bytes1;
struct __align__(2) Bytes2 { uint16 bits; };
struct __align__(4) Bytes4 { uint32 bits; };
struct __align__(8) Bytes8 { uint64 bits; };
struct __align__(16) Bytes16 { uint64 low, high; };

struct Same {
    template <class T>
    static __device__ T apply(T value) {
        return value;
    }
};

// An index that is negative counts from the end; false if there is no such element.
__device__ inline bool resolve(int64& index, uint64 length) {
    if (index < 0) index += (int64)length;
    return (uint64)index < length;
}

// out[i] = from[indices[i]]. The first index that names no element is kept in `wrong`, with its place, and its element
// is left as it was.
template <class T>
__device__ void take(T* out, const T* from, const int64* indices, uint64 count, uint64 length, uint64* wrong) {
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        int64 index = indices[i];
        if (resolve(index, length))
            out[i] = from[index];
        else
            atomicMin(wrong, i);
    }
}

// to[indices[i]] = from[i].
template <class T>
__device__ void put(T* to, const T* from, const int64* indices, uint64 count, uint64 length, uint64* wrong) {
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        int64 index = indices[i];
        if (resolve(index, length))
            to[index] = from[i];
        else
            atomicMin(wrong, i);
    }
}

// out[i] = from[source[i]] goes to out[target[i]].
template <class T>
__device__ void take_put(T* to, const T* from, const int64* target, const int64* source, uint64 count,
                         uint64 to_length, uint64 from_length, uint64* wrong) {
    for (uint64 i = thread_index(); i < count; i += thread_count()) {
        int64 into = target[i], out_of = source[i];
        if (resolve(into, to_length) && resolve(out_of, from_length))
            to[into] = from[out_of];
        else
            atomicMin(wrong, i);
    }
}

#define MOVES(SIZE)                                                                                              \
    KERNEL copy_##SIZE(Bytes##SIZE* out, const Operand<Bytes##SIZE> from, uint64 count) {                        \
        contiguous(out, from, none(), none(), count, Single<Same>());                                            \
    }                                                                                                            \
    KERNEL copy_##SIZE##_strided(Bytes##SIZE* out, const Operand<Bytes##SIZE> from, const Walk walk) {           \
        strided(out, from, none(), none(), walk, Single<Same>());                                                \
    }                                                                                                            \
    KERNEL take_##SIZE(Bytes##SIZE* out, const Bytes##SIZE* from, const int64* indices, uint64 count,            \
                       uint64 length, uint64* wrong) {                                                           \
        take(out, from, indices, count, length, wrong);                                                          \
    }                                                                                                            \
    KERNEL put_##SIZE(Bytes##SIZE* to, const Bytes##SIZE* from, const int64* indices, uint64 count,              \
                      uint64 length, uint64* wrong) {                                                            \
        put(to, from, indices, count, length, wrong);                                                            \
    }                                                                                                            \
    KERNEL take_put_##SIZE(Bytes##SIZE* to, const Bytes##SIZE* from, const int64* target, const int64* source,   \
                           uint64 count, uint64 to_length, uint64 from_length, uint64* wrong) {                  \
        take_put(to, from, target, source, count, to_length, from_length, wrong);                                \
    }

MOVES(1)
MOVES(2)
MOVES(4)
MOVES(8)
MOVES(16)
