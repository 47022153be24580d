/* Kernels of the emulated device as loops in C: kernels NAME prints one line, name TAB unit TAB value. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float *floats(int count, float value) {
    float *all = malloc((size_t)count * sizeof *all);
    int i;
    if (!all)
        abort();
    for (i = 0; i < count; i++)
        all[i] = value;
    return all;
}

/* Not static: else nobody would miss what is written to it. */
int escapes[1 << 20];

static void mandelbrot(void) {
    int x, y;
    for (y = 0; y < 1024; y++)
        for (x = 0; x < 1024; x++) {
            float cx = -2.0f + 3.0f * (float)x / 1024, cy = -1.5f + 3.0f * (float)y / 1024;
            float zx = 0, zy = 0, next;
            int i = 0;
            while (i < 256 && zx * zx + zy * zy <= 4.0f) {
                next = zx * zx - zy * zy + cx;
                zy = 2.0f * zx * zy + cy;
                zx = next;
                i++;
            }
            escapes[y * 1024 + x] = i;
        }
}

static float *from, *to;

/* 256 blocks of 256 threads, in the order that the cache likes best. */
static void reduction(void) {
    enum { N = 1 << 22, BLOCKS = 256, THREADS = 256 };
    float shared[THREADS];
    int b, t, i, k;
    for (b = 0; b < BLOCKS; b++) {
        for (t = 0; t < THREADS; t++)
            shared[t] = 0;
        for (i = b * THREADS; i < N; i += BLOCKS * THREADS)
            for (t = 0; t < THREADS; t++)
                shared[t] += from[i + t];
        for (k = THREADS / 2; k > 0; k >>= 1)
            for (t = 0; t < k; t++)
                shared[t] += shared[t + k];
        to[b] = shared[0];
    }
}

static void saxpy(void) {
    int i;
    for (i = 0; i < 1 << 22; i++)
        to[i] = 0.5f * from[i] + to[i];
}

static void measure(const char *name, void (*work)(void)) {
    double best = 1e9;
    int round;
    from = floats(1 << 22, 1.0f);
    to = floats(1 << 22, 2.0f);
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
        measure(argv[1], mandelbrot);
    else if (!strcmp(argv[1], "reduction"))
        measure(argv[1], reduction);
    else if (!strcmp(argv[1], "saxpy"))
        measure(argv[1], saxpy);
    else
        return 2;
    return 0;
}
