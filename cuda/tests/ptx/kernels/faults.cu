// One mistake each.
extern "C" __device__ void __assertfail(const char *, const char *, unsigned, const char *, size_t);
#define assert(x) ((x) ? (void)0 : __assertfail(#x, __FILE__, __LINE__, __func__, 1))
extern "C" __global__ void out_of_bounds(int *p) { p[threadIdx.x + 97] = 1; }
extern "C" __global__ void misaligned(char *p) { *(int *)(p + 2 * (threadIdx.x == 5)) = 1; }
extern "C" __global__ void uninitialised(int *p, int *out) { out[threadIdx.x] = p[threadIdx.x]; }
extern "C" __global__ void uninitialised_shared(int *out) { __shared__ int s[64]; if (threadIdx.x < 32) s[threadIdx.x] = 1; __syncthreads(); out[threadIdx.x] = s[threadIdx.x]; }
extern "C" __global__ void uninitialised_local(int *out, int n) { volatile int a[8]; a[n] = 1; out[threadIdx.x] = a[n + 1]; }
extern "C" __global__ void race(int *out) { __shared__ int s[64]; s[threadIdx.x] = threadIdx.x; out[threadIdx.x] = s[63 - threadIdx.x]; }
extern "C" __global__ void race_in_warp(int *out) { __shared__ int s[32]; s[threadIdx.x] = threadIdx.x; out[threadIdx.x] = s[threadIdx.x ^ 1]; }
extern "C" __global__ void no_race(int *out) { __shared__ int s[32]; s[threadIdx.x] = threadIdx.x; __syncwarp(); out[threadIdx.x] = s[threadIdx.x ^ 1]; }
extern "C" __global__ void divergent(int *out) { if (threadIdx.x < 16) { out[0] = 1; __syncthreads(); out[1] = 1; } else { out[2] = 1; __syncthreads(); out[3] = 1; } }
extern "C" __global__ void waits_for_ever(int *out) { if (threadIdx.x < 32) asm volatile("bar.sync 1, 128;"); else out[0] = 1; }
extern "C" __global__ void missing(int *out) { if (threadIdx.x != 7) out[threadIdx.x] = __shfl_sync(0xffffffff, 1, 0); else out[7] = 1; }
extern "C" __global__ void unnamed(int *out) { out[threadIdx.x] = __shfl_sync(0x0000ffff, 1, 0); }
extern "C" __global__ void asserts(int n) { assert(threadIdx.x < n); }
extern "C" __global__ void traps() { if (threadIdx.x == 3) __trap(); }
__constant__ int constant_[2] = {1, 2};
extern "C" __global__ void reads_constant(int *out) { out[threadIdx.x] = constant_[threadIdx.x & 1]; }
extern "C" __global__ void shared_bounds(int n) { __shared__ volatile int s[8]; s[n] = 1; }
extern "C" __global__ void null(int *p) { if (threadIdx.x == 9) *p = 1; }
extern "C" __global__ void double_free() { int *p = (int *)malloc(4); free(p); free(p); }
__device__ __noinline__ void helper(int *p) { *p = 1; }
extern "C" __global__ void in_function(int *p) { helper(p + 1000000); }
