/* Process start in C: start NAME prints one line, name TAB unit TAB value. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

static void measure(const char *name, int rounds) {
    double start;
    int i;
    for (i = 0; i < 50; i++)
        fork_join();
    start = now();
    for (i = 0; i < rounds; i++)
        fork_join();
    printf("%s\tstart+join/s\t%.2f\n", name, rounds / (now() - start));
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "fork_waitpid") == 0) {
        measure(argv[1], 3000);
        return 0;
    }
    fprintf(stderr, "usage: start fork_waitpid\n");
    return 2;
}
