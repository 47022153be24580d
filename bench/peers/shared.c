/* What shared memory gives to a program written for one purpose: shared NAME prints one line, name TAB unit TAB value.
 *
 * ring         integers of four bytes from another process through a ring for one writer and one reader, who spin
 * ring_1MiB    messages of a mebibyte through such a ring, copied in and out
 * round_trip   a number there and back, each side on a processor of its own, spinning
 * robust_lock  an uncontended lock and unlock of a robust process-shared mutex
 * two_locks    two processes lock and unlock such a mutex, each in a loop */

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEBIBYTE (1L << 20)

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void *shared(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    return memory;
}

static pid_t start(void) {
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    return pid;
}

static void rest(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void stay_on(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* Heads and tails are on lines of their own. */
struct ring {
    _Alignas(128) _Atomic uint64_t head;
    _Alignas(128) _Atomic uint64_t tail;
    _Alignas(128) char slots[];
};

static void put(struct ring *ring, const char *message, size_t size, uint64_t slots, uint64_t at, uint64_t *seen) {
    while (at - *seen >= slots) {
        *seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        rest();
    }
    memcpy(ring->slots + at % slots * size, message, size);
    atomic_store_explicit(&ring->tail, at + 1, memory_order_release);
}

static void get(struct ring *ring, char *message, size_t size, uint64_t slots, uint64_t at, uint64_t *seen) {
    while (*seen <= at) {
        *seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        rest();
    }
    memcpy(message, ring->slots + at % slots * size, size);
    atomic_store_explicit(&ring->head, at + 1, memory_order_release);
}

/* Messages a second. */
static double through_ring(size_t size, uint64_t slots, uint64_t count) {
    struct ring *ring = shared(sizeof *ring + size * slots);
    char *message = calloc(1, size);
    uint64_t seen = 0;
    double begin = 0;
    if (message == NULL)
        fail("calloc");
    pid_t pid = start();
    if (pid == 0) {
        for (uint64_t i = 0; i <= count; i++)
            put(ring, message, size, slots, i, &seen);
        _exit(0);
    }
    for (uint64_t i = 0; i <= count; i++) {
        get(ring, message, size, slots, i, &seen);
        __asm__ volatile("" : : "r"(message) : "memory");
        if (i == 0)
            begin = now();
    }
    double rate = (double)count / (now() - begin);
    waitpid(pid, NULL, 0);
    return rate;
}

static double round_trip(void) {
    const uint64_t count = 500000;
    struct ring *words = shared(sizeof *words);
    pid_t pid = start();
    if (pid == 0) {
        stay_on(1);
        for (uint64_t i = 1; i <= count; i++) {
            while (atomic_load_explicit(&words->head, memory_order_acquire) != i)
                rest();
            atomic_store_explicit(&words->tail, i, memory_order_release);
        }
        _exit(0);
    }
    stay_on(0);
    double begin = now();
    for (uint64_t i = 1; i <= count; i++) {
        atomic_store_explicit(&words->head, i, memory_order_release);
        while (atomic_load_explicit(&words->tail, memory_order_acquire) != i)
            rest();
    }
    double time = (now() - begin) / (double)count * 1e6;
    waitpid(pid, NULL, 0);
    return time;
}

struct locked {
    pthread_mutex_t mutex;
    volatile long count;
    _Atomic int ready, go;
};

static struct locked *robust(void) {
    struct locked *locked = shared(sizeof *locked);
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    if (pthread_mutex_init(&locked->mutex, &kind) != 0)
        fail("pthread_mutex_init");
    return locked;
}

static void increment(struct locked *locked, long count) {
    for (long i = 0; i < count; i++) {
        if (pthread_mutex_lock(&locked->mutex) != 0)
            fail("pthread_mutex_lock");
        locked->count++;
        pthread_mutex_unlock(&locked->mutex);
    }
}

static double robust_lock(void) {
    const long count = 10000000;
    struct locked *locked = robust();
    increment(locked, count / 10);
    double begin = now();
    increment(locked, count);
    return (now() - begin) / (double)count * 1e9;
}

static double two_locks(void) {
    const long count = 1000000;
    struct locked *locked = robust();
    pid_t pid = start();
    if (pid == 0) {
        locked->ready = 1;
        while (!locked->go)
            rest();
        increment(locked, count);
        _exit(0);
    }
    while (!locked->ready)
        rest();
    double begin = now();
    locked->go = 1;
    increment(locked, count);
    waitpid(pid, NULL, 0);
    return 2.0 * (double)count / (now() - begin);
}

int main(int argc, char **argv) {
    const char *name = argc == 2 ? argv[1] : "";
    if (strcmp(name, "ring") == 0)
        printf("ring\titem/s\t%.0f\n", through_ring(4, 8192, 20000000));
    else if (strcmp(name, "ring_1MiB") == 0)
        printf("ring_1MiB\tMB/s\t%.0f\n", through_ring(MEBIBYTE, 4, 2000) * 1.048576);
    else if (strcmp(name, "round_trip") == 0)
        printf("round_trip\tus\t%.3f\n", round_trip());
    else if (strcmp(name, "robust_lock") == 0)
        printf("robust_lock\tns\t%.2f\n", robust_lock());
    else if (strcmp(name, "two_locks") == 0)
        printf("two_locks\tlock/s\t%.0f\n", two_locks());
    else {
        fprintf(stderr, "usage: shared ring|ring_1MiB|round_trip|robust_lock|two_locks\n");
        return 2;
    }
    return 0;
}
