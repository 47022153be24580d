// What lanes of a warp exchange.
extern "C" __global__ void shuffles(int *out) {
    int t = threadIdx.x;
    out[t] = __shfl_sync(~0u, t * 10, 3);
    out[32 + t] = __shfl_up_sync(~0u, t, 1);
    out[64 + t] = __shfl_down_sync(~0u, t, 2, 16);
    out[96 + t] = __shfl_xor_sync(~0u, t, 4);
    int sum = t;
    for (int i = 16; i > 0; i >>= 1) sum += __shfl_xor_sync(~0u, sum, i);
    out[128 + t] = sum;
    double d = __shfl_sync(~0u, t + 0.5, (t + 1) & 31);
    out[160 + t] = (int)(d * 2);
}

extern "C" __global__ void votes(unsigned *out) {
    int t = threadIdx.x, p;
    out[t] = __ballot_sync(~0u, t & 1);
    out[32 + t] = __any_sync(~0u, t > 30) | __all_sync(~0u, t > 30) << 1 | __all_sync(~0u, t < 32) << 2;
    out[64 + t] = __match_any_sync(~0u, t / 4);
    out[96 + t] = __match_all_sync(~0u, 7, &p);
    out[96 + t] += p;
    out[128 + t] = __match_all_sync(~0u, t / 31, &p) + p;
    out[160 + t] = __reduce_add_sync(~0u, t) + __reduce_max_sync(~0u, t) * 1000 + __reduce_xor_sync(~0u, t) * 100000;
    if (t % 3 == 0) out[192 + t] = __activemask(); else out[192 + t] = __popc(__activemask());
    out[224 + t] = __match_any_sync(~0u, (unsigned long long)(t & 1) << 40);
}

// Half of the lanes take part.
extern "C" __global__ void halves(int *out) {
    int t = threadIdx.x;
    if (t < 16) out[t] = __shfl_sync(0x0000ffff, t, 15 - t);
    else out[t] = __shfl_down_sync(0xffff0000, t, 1);
    __syncwarp();
}

extern "C" __global__ void barriers(int *out, int n) {
    __shared__ int s[256];
    int t = threadIdx.x;
    s[t] = t;
    __syncthreads();
    int v = s[255 - t];
    out[t] = v;
    out[256 + t] = __syncthreads_count(t % 3 == 0);
    out[512 + t] = __syncthreads_or(t == 77) | __syncthreads_and(t < 256) << 1 | __syncthreads_and(t < n) << 2;
    // Half of the block at a named barrier of its own.
    if (t < 128) {
        s[t] = t * 2;
        asm volatile("bar.sync 1, 128;");
        out[768 + t] = s[127 - t];
    } else out[768 + t] = -1;
}

extern "C" __global__ void atomics(int *i, unsigned *u, float *f, double *d, unsigned long long *l) {
    int t = threadIdx.x;
    atomicAdd(&i[0], t);
    atomicSub(&i[1], 1);
    atomicMax(&i[2], t);
    atomicMin(&i[3], -t);
    atomicXor(&i[4], t);
    atomicOr(&i[5], 1 << (t & 31));
    atomicAnd(&i[6], ~(1 << (t & 31)));
    atomicInc(&u[0], 9);
    atomicDec(&u[1], 9);
    atomicAdd(&f[0], 0.5f);
    atomicAdd(&d[0], 0.25);
    atomicAdd(&l[0], 1ull << 40);
    atomicMax(&l[1], (unsigned long long)t << 33);
    unsigned old, seen = u[2];
    do { old = seen; seen = atomicCAS(&u[2], old, old * 2 + 1 > 1000 ? 0 : old + 1); } while (seen != old);
    atomicExch(&l[2], 5ull);
    __shared__ int s[2]; __shared__ float sf;
    if (t == 0) { s[0] = 0; s[1] = 0; sf = 0; }
    __syncthreads();
    atomicAdd(&s[0], 1); atomicMax(&s[1], t); atomicAdd(&sf, 1.0f);
    __syncthreads();
    if (t == 0) { i[7] = s[0]; i[8] = s[1]; f[1] = sf; }
}

// Lanes of one warp take turns with a lock: without independent progress this never ends.
extern "C" __global__ void lock(int *mutex, volatile int *counter) {
    while (atomicCAS(mutex, 0, 1) != 0) { }
    __threadfence();
    *counter = *counter + 1;
    __threadfence();
    atomicExch(mutex, 0);
}

extern "C" __global__ void forever(volatile int *flag) {
    while (*flag == 0) { }
}

// Waits for a lane that comes later in the same warp.
extern "C" __global__ void handshake(volatile int *flag, int *out) {
    if (threadIdx.x == 0) { while (flag[0] == 0) { } out[0] = 7; }
    else if (threadIdx.x == 1) { flag[0] = 1; }
}
