// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 1274

struct Walk {
    unsigned long long rank, sizes[8];
    // Where an array is not walked through with the others, `is_plain` has its bit.
    unsigned long long is_plain;
    long long strides[2][8];
};
template <class T>
struct Strided {
    T* data;
    const Walk& walk;
    int which;

    __device__ T& operator[](long long i) const {
        if (walk.is_plain >> which & 1) return data[i];
        long long place = 0;
        unsigned long long rest = i;
        for (int axis = (int)walk.rank - 1; axis >= 0; --axis) {
            place += (long long)(rest % walk.sizes[axis]) * walk.strides[which][axis];
            rest /= walk.sizes[axis];
        }
        return data[place];
    }
};
extern "C" __global__ void kernel(const long long first_, const long long step_, const long long count_, const long long n, const float *x_data_, float *z_data_, int factor, const Walk walk_) {
    const Strided<const float> x = {x_data_, walk_, 0};
    const Strided<float> z = {z_data_, walk_, 1};
    const long long threads_ = (long long)gridDim.x * blockDim.x;
    ;
    for (long long k_ = (long long)blockIdx.x * blockDim.x + threadIdx.x; k_ < count_; k_ += threads_) {
        const long long i = first_ + k_ * step_;
        z[i] = factor * x[i] + i;
    }
    ;
}

