/* A bare UNIX socket: sockets NAME prints one line, name TAB unit TAB value.
 *
 * pipe_8           eight bytes a write from another process, read as they come
 * pipe_1MiB        a mebibyte a write from another process, into the same memory
 * pipe_round_trip  eight bytes to another process and back, both sides blocking */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);
        if (count <= 0)
            fail("write");
        bytes += count;
        size -= (size_t)count;
    }
}

static void read_all(int fd, char *bytes, size_t size) {
    while (size > 0) {
        ssize_t count = read(fd, bytes, size);
        if (count <= 0)
            fail("read");
        bytes += count;
        size -= (size_t)count;
    }
}

/* Forks a child that writes `count` messages; the time until all have been read. */
static double transfer(size_t size, long count) {
    int fds[2];
    size_t room = size < 65536 ? 65536 : size;
    char *buffer = calloc(1, room);
    double left = (double)size * (double)count, start;
    if (buffer == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        fail("socketpair");
    pid_t pid = fork();
    if (pid == 0) {
        for (long i = 0; i < count; i++)
            write_all(fds[1], buffer, size);
        _exit(0);
    }
    start = now();
    while (left > 0) {
        ssize_t got = read(fds[0], buffer, room);
        if (got <= 0)
            fail("read");
        left -= (double)got;
    }
    start = now() - start;
    waitpid(pid, NULL, 0);
    close(fds[0]);
    close(fds[1]);
    free(buffer);
    return start;
}

static double round_trips(long count) {
    int fds[2];
    char message[8] = {0};
    double start;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        fail("socketpair");
    pid_t pid = fork();
    if (pid == 0) {
        for (long i = 0; i < count; i++) {
            read_all(fds[1], message, sizeof message);
            write_all(fds[1], message, sizeof message);
        }
        _exit(0);
    }
    start = now();
    for (long i = 0; i < count; i++) {
        write_all(fds[0], message, sizeof message);
        read_all(fds[0], message, sizeof message);
    }
    start = now() - start;
    waitpid(pid, NULL, 0);
    return start;
}

int main(int argc, char **argv) {
    const char *name = argc == 2 ? argv[1] : "";
    if (strcmp(name, "pipe_8") == 0) {
        printf("%s\tmessage/s\t%.0f\n", name, 500000 / transfer(8, 500000));
        return 0;
    }
    if (strcmp(name, "pipe_1MiB") == 0) {
        printf("%s\tMB/s\t%.0f\n", name, 500 * 1.048576 / transfer((size_t)1 << 20, 500));
        return 0;
    }
    if (strcmp(name, "pipe_round_trip") == 0) {
        printf("%s\tround trip/s\t%.0f\n", name, 20000 / round_trips(20000));
        return 0;
    }
    fprintf(stderr, "usage: sockets pipe_8|pipe_1MiB|pipe_round_trip\n");
    return 2;
}
