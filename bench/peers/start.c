/* Process start in C: start NAME prints one line, name TAB unit TAB value. */

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Forks a child that ends at once, and waits for it. */
static void fork_join(void) {
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        perror("fork and waitpid");
        exit(1);
    }
}

/* Runs a program that does nothing, and waits for it. */
static void spawn_join(void) {
    char path[] = "/bin/true";
    char *argv[] = {path, NULL};
    int status;
    pid_t pid;
    if (posix_spawn(&pid, path, NULL, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        perror("posix_spawn and waitpid");
        exit(1);
    }
}

static void measure(const char *name, int rounds, void (*start_join)(void)) {
    double start;
    int i;
    for (i = 0; i < 50; i++)
        start_join();
    start = now();
    for (i = 0; i < rounds; i++)
        start_join();
    printf("%s\tstart+join/s\t%.2f\n", name, rounds / (now() - start));
}

int main(int argc, char **argv) {
    const char *name = argc == 2 ? argv[1] : "";
    if (strcmp(name, "fork_waitpid") == 0) {
        measure(name, 3000, fork_join);
        return 0;
    }
    if (strcmp(name, "posix_spawn_true") == 0) {
        measure(name, 1000, spawn_join);
        return 0;
    }
    if (strcmp(name, "fork_waitpid_64MiB_heap") == 0) {
        const size_t size = (size_t)64 << 20;
        volatile char *heap = malloc(size);
        size_t i;
        if (heap == NULL)
            return 1;
        for (i = 0; i < size; i++)
            heap[i] = 1;
        measure(name, 1000, fork_join);
        return 0;
    }
    fprintf(stderr, "usage: start fork_waitpid|fork_waitpid_64MiB_heap|posix_spawn_true\n");
    return 2;
}
