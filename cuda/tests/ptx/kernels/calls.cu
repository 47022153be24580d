// Functions, pointers, and what the device does itself.
__device__ __noinline__ int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }
struct Pair { int a; double b; float4 c; };
struct Base { __device__ virtual int f(int x) { return x + 1; } };
struct Derived : Base { int k; __device__ int f(int x) override { return x * k; } };
typedef int (*Function)(int);
__device__ int plus(int x) { return x + 1; }
__device__ int times(int x) { return x * 3; }
__device__ Function table[2] = {plus, times};
__constant__ float coefficients[4] = {1, 2, 3, 4.5f};
__device__ int value = 5;
__device__ int *pointer = &value;
__device__ __noinline__ Pair make(int n) { Pair p; p.a = n; p.b = n * 0.5; p.c = make_float4(n, 1, 2, 3); return p; }
__device__ __noinline__ double total(Pair p) { return p.a + p.b + p.c.x + p.c.y + p.c.z + p.c.w; }

extern "C" __global__ void calls(int *out) {
    int t = threadIdx.x;
    out[t] = factorial(t % 10);
    Derived d; d.k = t; Base b; Base *p = t & 1 ? (Base *)&d : &b;
    out[64 + t] = p->f(t);
    out[128 + t] = table[t % 2](t);
    out[192 + t] = (int)total(make(t));
    out[256 + t] = (int)(coefficients[t & 3] * 2) + *pointer;
}

extern "C" __global__ void structs(Pair p, short s, int *out) { out[threadIdx.x] = (int)(p.a + p.b + p.c.y + s); }

extern "C" __global__ void locals(int *out, int n) {
    int a[16], t = threadIdx.x;
    for (int i = 0; i < 16; i++) a[i] = i * t;
    out[t] = a[n & 15] + a[(t + 3) & 15];
}

extern "C" __global__ void switches(int *out) {
    int t = threadIdx.x;
    switch (t) {
        case 0: out[t] = 10; break; case 1: out[t] = 7; break; case 2: out[t] = t * t * 5; break;
        case 3: out[t] = 9; break; case 4: out[t] = 1; break; case 5: out[t] = __popc(t); break;
        case 6: out[t] = 99; break; default: out[t] = -1;
    }
}

extern "C" __global__ void prints(const char *text) {
    if (threadIdx.x == 1) printf("%s thread %d of %u: %.2f %llx %c\n", "hello from", threadIdx.x, blockDim.x, 2.5, 1ull << 40, 'x');
    if (threadIdx.x == 2) printf("done\n");
}

extern "C" __global__ void heap(int **out) {
    int *p = (int *)malloc(16);
    p[2] = threadIdx.x * 3;
    out[threadIdx.x] = p;
    int *q = new int[4]; q[0] = 1; delete[] q;
}

extern "C" __global__ void dynamic(int *out) {
    extern __shared__ int words[];
    __shared__ int one;
    int t = threadIdx.x;
    if (t == 0) one = 1000;
    words[t] = t;
    __syncthreads();
    unsigned size; asm("mov.u32 %0, %dynamic_smem_size;" : "=r"(size));
    out[t] = words[blockDim.x - 1 - t] + one + size * 10000;
}

extern "C" __global__ void generic_(int *out) {
    __shared__ int s[32]; int l[4]; int t = threadIdx.x;
    s[t] = t; l[0] = 100; l[1] = 200; l[t & 1] += t;
    __syncwarp();
    int *p = t % 3 == 0 ? &s[t ^ 1] : t % 3 == 1 ? &l[t & 1] : out + 32 + t;
    out[t] = *p + (__isShared(p) ? 1000 : 0) + (__isLocal(p) ? 2000 : 0) + (__isGlobal(p) ? 4000 : 0);
}

extern "C" __global__ void wide(long long *out, long long a, unsigned long long b) {
    int t = threadIdx.x;
    out[t] = (a * (t + 1)) / (t + 3) + (long long)(b % (t + 7)) + __mul64hi(a, a) + __clzll(b >> t) + __ffsll(b) + (long long)__umul64hi(b, b);
}

extern "C" __global__ void vectors(float4 *out, const float4 *in, const uchar4 *bytes) {
    int t = threadIdx.x;
    float4 v = in[t]; uchar4 c = bytes[t];
    out[t] = make_float4(v.w + c.x, v.z + c.y, v.y + c.z, v.x + c.w);
}

