/*
 * Kernels as CUDA has them, compiled for the processor: a call for each thread, or a fiber where threads meet at barriers.
 * kernels_by_thread NAME prints one line, name TAB unit TAB value. kernels.c does the same work in loops made for it.
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef __x86_64__
#include <ucontext.h>
#endif

struct index {
    int x, y;
};
static struct index threadIdx, blockIdx, blockDim, gridDim;

/* Fibers: those of a block take turns, and a barrier is where the next one's turn begins. */

/* No power of two: else all stacks would want the same lines of the cache. */
enum { MAX_THREADS = 256, STACK = (16 << 10) + 192 };

#ifdef __x86_64__
typedef void *place;

/* Keeps what a called function must keep, and goes on where another fiber has left off. */
void switch_to(place *from, place to);
__asm__(".text\n"
        ".globl switch_to\n"
        "switch_to:\n"
        "push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
        "mov %rsp, (%rdi)\n"
        "mov %rsi, %rsp\n"
        "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n"
        "ret\n");

static void prepare(place *fiber, char *stack, void (*begin)(void)) {
    /* Six registers, the function, and a return address that is never used: the stack is aligned as after a call. */
    void **top = (void **)(stack + STACK) - 8;
    memset(top, 0, 8 * sizeof *top);
    top[6] = (void *)begin;
    *fiber = top;
}
#else
typedef ucontext_t place;

static void switch_to_context(place *from, place *to) {
    swapcontext(from, to);
}
#define switch_to(from, to) switch_to_context(from, &(to))

static void prepare(place *fiber, char *stack, void (*begin)(void)) {
    getcontext(fiber);
    fiber->uc_stack.ss_sp = stack;
    fiber->uc_stack.ss_size = STACK;
    makecontext(fiber, begin, 0);
}
#endif

static place fibers[MAX_THREADS], launcher;
static char stacks[MAX_THREADS][STACK] __attribute__((aligned(64)));
static int ended;

/* The next thread's turn; behind the last it is the first one's. */
static void syncthreads(void) {
    int now = threadIdx.x, next = (now + 1) % blockDim.x;
    threadIdx.x = next;
    switch_to(&fibers[now], fibers[next]);
    threadIdx.x = now;
}

/* The kernels. */

typedef void kernel(void);

int *escapes;
float *from, *to;
static const int n = 1 << 22;

static void mandel(void) {
    const int w = 1024, h = 1024, maxit = 256;
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y, i = 0;
    float cx, cy, zx = 0, zy = 0, t;
    if (x >= w || y >= h)
        return;
    cx = -2.0f + 3.0f * x / w;
    cy = -1.5f + 3.0f * y / h;
    while (i < maxit && zx * zx + zy * zy <= 4.0f) {
        t = zx * zx - zy * zy + cx;
        zy = 2.0f * zx * zy + cy;
        zx = t;
        i++;
    }
    escapes[y * w + x] = i;
}

static void reduce(void) {
    static float s[MAX_THREADS];
    int t = threadIdx.x, i, k;
    float v = 0;
    for (i = blockIdx.x * blockDim.x + t; i < n; i += gridDim.x * blockDim.x)
        v += from[i];
    s[t] = v;
    syncthreads();
    for (k = 128; k > 0; k >>= 1) {
        if (t < k)
            s[t] += s[t + k];
        syncthreads();
    }
    if (t == 0)
        to[blockIdx.x] = s[0];
}

static void saxpy(void) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        to[i] = 0.5f * from[i] + to[i];
}

/* The launches. */

static void launch(kernel *run, struct index grid, struct index block) {
    gridDim = grid;
    blockDim = block;
    for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
        for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
            for (threadIdx.y = 0; threadIdx.y < block.y; threadIdx.y++)
                for (threadIdx.x = 0; threadIdx.x < block.x; threadIdx.x++)
                    run();
}

static kernel *in_fibers;

/* A fiber's life: when the last of them ends, the launch goes on. */
static void live(void) {
    int now = threadIdx.x;
    in_fibers();
    if (++ended == blockDim.x)
        switch_to(&fibers[now], launcher);
    threadIdx.x = now + 1;
    switch_to(&fibers[now], fibers[now + 1]);
}

static void launch_in_fibers(kernel *run, int blocks, int threads) {
    int t;
    in_fibers = run;
    gridDim = (struct index){blocks, 1};
    blockDim = (struct index){threads, 1};
    for (blockIdx.x = 0, blockIdx.y = 0; blockIdx.x < blocks; blockIdx.x++) {
        for (t = 0; t < threads; t++)
            prepare(&fibers[t], stacks[t], live);
        ended = 0;
        threadIdx = (struct index){0, 0};
        switch_to(&launcher, fibers[0]);
    }
}

/* Called through pointers that the compiler cannot see through, as kernels are. */
static kernel *volatile mandel_kernel = mandel, *volatile reduce_kernel = reduce, *volatile saxpy_kernel = saxpy;

static void run_mandel(void) {
    launch(mandel_kernel, (struct index){64, 64}, (struct index){16, 16});
}

static void run_reduce(void) {
    launch_in_fibers(reduce_kernel, 256, MAX_THREADS);
}

static void run_saxpy(void) {
    launch(saxpy_kernel, (struct index){16384, 1}, (struct index){256, 1});
}

/* The measurement. */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float *floats(float value) {
    float *all = malloc((size_t)n * sizeof *all);
    int i;
    if (!all)
        abort();
    for (i = 0; i < n; i++)
        all[i] = value;
    return all;
}

static void measure(const char *name, void (*work)(void)) {
    double best = 1e9;
    int round;
    from = floats(1.0f);
    to = floats(2.0f);
    escapes = malloc(sizeof *escapes << 20);
    if (!escapes)
        abort();
    work();
    for (round = 0; round < 5; round++) {
        double start = now();
        work();
        if (now() - start < best)
            best = now() - start;
    }
    printf("%s\tms\t%.3f\n", name, best * 1e3);
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    if (!strcmp(argv[1], "mandelbrot"))
        measure(argv[1], run_mandel);
    else if (!strcmp(argv[1], "reduction")) {
        measure(argv[1], run_reduce);
        if (to[0] != 16384.0f || to[255] != 16384.0f)
            abort();
    } else if (!strcmp(argv[1], "saxpy"))
        measure(argv[1], run_saxpy);
    else
        return 2;
    return 0;
}
