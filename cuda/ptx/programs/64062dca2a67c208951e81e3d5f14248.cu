// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// source 456

extern "C" __global__ void kernel(const long long first_, const long long step_, const long long count_, const long long n, int *z) {
    const long long threads_ = (long long)gridDim.x * blockDim.x;
    const int step = 3 // a step
;
    for (long long k_ = (long long)blockIdx.x * blockDim.x + threadIdx.x; k_ < count_; k_ += threads_) {
        const long long i = first_ + k_ * step_;
        z[i] = step * i // thrice
;
    }
    // that was all
;
}

