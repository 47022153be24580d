/* The CUDA driver's own calls: gpu NAME prints one line, name TAB unit TAB value.
 *
 * launch      an empty kernel of two arguments, by cuLaunchKernel, a thousand in a row
 * round_trip  the same, each waited for
 * copy        a copy of 256 MB on the device: bytes read and written a second
 * read        the fastest of several kernels that read 256 MB and write nothing: bytes read a second
 * alloc       cuMemAlloc and cuMemFree of 1 MB
 * replay      a graph of twenty empty kernels: a kernel of it
 *
 * Both libraries are opened by name as the program runs; exit code 77 says that one is not there.
 */

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int Result;
typedef uint64_t Pointer;
typedef void *Handle;

enum { BATCH = 1000, REPEATS = 101, BYTES = 256 << 20, NODES = 20 };

static const char *EMPTY = ".version 6.4\n.target sm_50\n.address_size 64\n"
                           ".visible .entry nothing(.param .u64 p, .param .u32 n) { ret; }\n";

static const char *READ =
    "extern \"C\" __global__ void read(const uint4 *from, unsigned long long n, unsigned *to) {\n"
    "    unsigned seen = 0;\n"
    "    const unsigned long long step = (unsigned long long)gridDim.x * blockDim.x;\n"
    "    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    for (; i + 3 * step < n; i += 4 * step) {\n"
    "        uint4 a = from[i], b = from[i + step], c = from[i + 2 * step], d = from[i + 3 * step];\n"
    "        seen |= a.x ^ a.y ^ a.z ^ a.w ^ b.x ^ b.y ^ b.z ^ b.w;\n"
    "        seen |= c.x ^ c.y ^ c.z ^ c.w ^ d.x ^ d.y ^ d.z ^ d.w;\n"
    "    }\n"
    "    for (; i < n; i += step) {\n"
    "        uint4 a = from[i];\n"
    "        seen |= a.x ^ a.y ^ a.z ^ a.w;\n"
    "    }\n"
    "    if (seen == 12345) *to = seen;\n"
    "}\n";

static Handle cuda;

static void missing(const char *what) {
    fprintf(stderr, "%s is not on this machine: %s\n", what, dlerror());
    exit(77);
}

static void *call(const char *name) {
    void *found = dlsym(cuda, name);
    if (found == NULL)
        missing(name);
    return found;
}

static void check(const char *name, Result result) {
    if (result != 0) {
        fprintf(stderr, "%s failed with code %d\n", name, result);
        exit(1);
    }
}

static Result (*launch_kernel)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                               unsigned, Handle, void **, void **);
static Result (*synchronize)(void);
static Result (*allocate)(Pointer *, size_t);
static Result (*release)(Pointer);

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, int count) {
    qsort(times, (size_t)count, sizeof *times, by_size);
    return times[count / 2];
}

static void open_device(void) {
    Result (*init)(unsigned);
    Result (*retain)(Handle *, int);
    Result (*set_current)(Handle);
    Handle context;
    cuda = dlopen("libcuda.so.1", RTLD_NOW);
    if (cuda == NULL)
        missing("libcuda.so.1");
    *(void **)&init = call("cuInit");
    *(void **)&retain = call("cuDevicePrimaryCtxRetain");
    *(void **)&set_current = call("cuCtxSetCurrent");
    *(void **)&launch_kernel = call("cuLaunchKernel");
    *(void **)&synchronize = call("cuCtxSynchronize");
    *(void **)&allocate = call("cuMemAlloc_v2");
    *(void **)&release = call("cuMemFree_v2");
    check("cuInit", init(0));
    check("cuDevicePrimaryCtxRetain", retain(&context, 0));
    check("cuCtxSetCurrent", set_current(context));
}

static Handle function(const char *ptx, const char *name) {
    Result (*load)(Handle *, const void *);
    Result (*get)(Handle *, Handle, const char *);
    Handle module, found;
    *(void **)&load = call("cuModuleLoadData");
    *(void **)&get = call("cuModuleGetFunction");
    check("cuModuleLoadData", load(&module, ptx));
    check("cuModuleGetFunction", get(&found, module, name));
    return found;
}

/* The text that NVRTC makes of a source. */
static char *compiled(const char *source) {
    const char *names[] = {getenv("MANYWAYS_NVRTC"), "libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12"};
    Handle nvrtc = NULL, program;
    Result (*create)(Handle *, const char *, const char *, int, const char **, const char **);
    Result (*compile)(Handle, int, const char **);
    Result (*size)(Handle, size_t *);
    Result (*text)(Handle, char *);
    size_t length;
    char *ptx;
    for (size_t i = 0; nvrtc == NULL && i < sizeof names / sizeof *names; i++)
        if (names[i] != NULL)
            nvrtc = dlopen(names[i], RTLD_NOW);
    if (nvrtc == NULL)
        missing("libnvrtc.so");
    *(void **)&create = dlsym(nvrtc, "nvrtcCreateProgram");
    *(void **)&compile = dlsym(nvrtc, "nvrtcCompileProgram");
    *(void **)&size = dlsym(nvrtc, "nvrtcGetPTXSize");
    *(void **)&text = dlsym(nvrtc, "nvrtcGetPTX");
    check("nvrtcCreateProgram", create(&program, source, "read.cu", 0, NULL, NULL));
    const char *options[] = {"--gpu-architecture=compute_80"};
    check("nvrtcCompileProgram", compile(program, 1, options));
    check("nvrtcGetPTXSize", size(program, &length));
    ptx = malloc(length);
    check("nvrtcGetPTX", text(program, ptx));
    return ptx;
}

static void launch(void) {
    Handle nothing = function(EMPTY, "nothing");
    double times[REPEATS];
    Pointer pointer = 0;
    unsigned number = 7;
    void *arguments[] = {&pointer, &number};
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = now();
        for (int i = 0; i < BATCH; i++)
            check("cuLaunchKernel", launch_kernel(nothing, 1, 1, 1, 32, 1, 1, 0, NULL, arguments, NULL));
        times[repeat] = (now() - start) / BATCH;
        check("cuCtxSynchronize", synchronize());
    }
    printf("launch\tus/launch\t%.3f\n", median(times, REPEATS) * 1e6);
}

static void round_trip(void) {
    Handle nothing = function(EMPTY, "nothing");
    double times[BATCH];
    Pointer pointer = 0;
    unsigned number = 7;
    void *arguments[] = {&pointer, &number};
    for (int i = 0; i < BATCH; i++) {
        double start = now();
        check("cuLaunchKernel", launch_kernel(nothing, 1, 1, 1, 32, 1, 1, 0, NULL, arguments, NULL));
        check("cuCtxSynchronize", synchronize());
        times[i] = now() - start;
    }
    printf("round_trip\tus/launch\t%.3f\n", median(times, BATCH) * 1e6);
}

static void copy(void) {
    Result (*copy_on_device)(Pointer, Pointer, size_t);
    Pointer from, to;
    double times[REPEATS];
    *(void **)&copy_on_device = call("cuMemcpyDtoD_v2");
    check("cuMemAlloc", allocate(&from, BYTES));
    check("cuMemAlloc", allocate(&to, BYTES));
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = now();
        for (int i = 0; i < 10; i++)
            check("cuMemcpyDtoD", copy_on_device(to, from, BYTES));
        check("cuCtxSynchronize", synchronize());
        times[repeat] = (now() - start) / 10;
    }
    printf("copy\tGB/s\t%.1f\n", 2.0 * BYTES / median(times, REPEATS) * 1e-9);
}

static double read_seconds(Handle kernel, Pointer from, unsigned blocks, unsigned threads) {
    unsigned long long count = BYTES / 16;
    double times[REPEATS];
    void *arguments[] = {&from, &count, &from};
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = now();
        for (int i = 0; i < 10; i++)
            check("cuLaunchKernel", launch_kernel(kernel, blocks, 1, 1, threads, 1, 1, 0, NULL, arguments, NULL));
        check("cuCtxSynchronize", synchronize());
        times[repeat] = (now() - start) / 10;
    }
    return median(times, REPEATS);
}

static void read_only(void) {
    Result (*fill)(Pointer, unsigned char, size_t);
    Handle kernel = function(compiled(READ), "read");
    Pointer from;
    double best = 0;
    *(void **)&fill = call("cuMemsetD8_v2");
    check("cuMemAlloc", allocate(&from, BYTES));
    check("cuMemsetD8", fill(from, 1, BYTES));
    for (unsigned blocks = 264; blocks <= 16896; blocks *= 2)
        for (unsigned threads = 256; threads <= 1024; threads *= 2) {
            double rate = BYTES / read_seconds(kernel, from, blocks, threads) * 1e-9;
            best = rate > best ? rate : best;
        }
    printf("read\tGB/s\t%.1f\n", best);
}

static void alloc(void) {
    double times[REPEATS];
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        Pointer pointer;
        double start = now();
        for (int i = 0; i < 100; i++) {
            check("cuMemAlloc", allocate(&pointer, 1 << 20));
            check("cuMemFree", release(pointer));
        }
        times[repeat] = (now() - start) / 100;
    }
    printf("alloc\tus/op\t%.3f\n", median(times, REPEATS) * 1e6);
}

static void replay(void) {
    Result (*create_stream)(Handle *, unsigned);
    Result (*begin)(Handle, int);
    Result (*end)(Handle, Handle *);
    Result (*instantiate)(Handle *, Handle, unsigned long long);
    Result (*graph_launch)(Handle, Handle);
    Handle nothing = function(EMPTY, "nothing"), stream, graph, exec;
    Pointer pointer = 0;
    unsigned number = 7;
    void *arguments[] = {&pointer, &number};
    double times[REPEATS];
    *(void **)&create_stream = call("cuStreamCreate");
    *(void **)&begin = call("cuStreamBeginCapture_v2");
    *(void **)&end = call("cuStreamEndCapture");
    *(void **)&instantiate = call("cuGraphInstantiateWithFlags");
    *(void **)&graph_launch = call("cuGraphLaunch");
    check("cuStreamCreate", create_stream(&stream, 1));
    check("cuStreamBeginCapture", begin(stream, 1));
    for (int i = 0; i < NODES; i++)
        check("cuLaunchKernel", launch_kernel(nothing, 1, 1, 1, 32, 1, 1, 0, stream, arguments, NULL));
    check("cuStreamEndCapture", end(stream, &graph));
    check("cuGraphInstantiate", instantiate(&exec, graph, 0));
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = now();
        for (int i = 0; i < 100; i++)
            check("cuGraphLaunch", graph_launch(exec, stream));
        check("cuCtxSynchronize", synchronize());
        times[repeat] = (now() - start) / (100 * NODES);
    }
    printf("replay\tus/kernel\t%.3f\n", median(times, REPEATS) * 1e6);
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        void (*measure)(void);
    } measures[] = {{"launch", launch}, {"round_trip", round_trip}, {"copy", copy},
                    {"read", read_only}, {"alloc", alloc},          {"replay", replay}};
    int found = 0;
    open_device();
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (argc == 1 || strcmp(argv[1], measures[i].name) == 0) {
            measures[i].measure();
            found = 1;
        }
    if (!found)
        fprintf(stderr, "gpu [launch | round_trip | copy | read | alloc | replay]\n");
    return found ? 0 : 2;
}
