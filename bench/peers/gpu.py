"""CuPy and numba-cuda on a GPU: gpu.py NAME prints a line of name TAB unit TAB value.

cupy_launch, numba_launch  an empty kernel of two arguments, a thousand in a row
cupy_add                   z = x + y over float32 arrays, 256 MB in all: bytes read and written a second
cupy_sum                   the sum of 256 MB of float32: bytes read a second
cupy_alloc                 1 MB from CuPy's memory pool, and back
cupy_replay                a graph of twenty empty kernels: a kernel of it
"""

import statistics
import sys
import time

BATCH = 1000
REPEATS = 101
BYTES = 256 << 20
NODES = 20


def missing(module):
    """The exit code by which the comparison is left out."""
    print(f"{module} is not on this machine", file=sys.stderr)
    sys.exit(77)


def cupy():
    try:
        import cupy
    except ImportError:
        missing("cupy")
    return cupy


def median_seconds(job, times, wait):
    """Of one call, where many are made between two waits."""

    def sample():
        start = time.perf_counter()
        for _ in range(times):
            job()
        end = time.perf_counter()
        wait()
        return (end - start) / times

    sample()
    return statistics.median(sample() for _ in range(REPEATS))


def median_seconds_done(job, times, wait):
    """The same, and the device is done with them when the clock stops."""

    def sample():
        start = time.perf_counter()
        for _ in range(times):
            job()
        wait()
        return (time.perf_counter() - start) / times

    sample()
    return statistics.median(sample() for _ in range(REPEATS))


def nothing_of_cupy():
    source = 'extern "C" __global__ void nothing(float *p, int n) {}'
    return cupy().RawKernel(source, "nothing")


def cupy_launch():
    c = cupy()
    kernel, pointer, number = nothing_of_cupy(), c.zeros(1, c.float32), c.int32(7)
    wait = c.cuda.Device().synchronize
    launch = lambda: kernel((1,), (32,), (pointer, number))
    return "us/launch", median_seconds(launch, BATCH, wait) * 1e6


def numba_launch():
    try:
        import numpy

        # Older numba asks for a name that NumPy 2.5 has no more.
        if not hasattr(numpy, "row_stack"):
            numpy.row_stack = numpy.vstack
        from numba import cuda
    except ImportError:
        missing("numba")

    @cuda.jit
    def nothing(p, n):
        pass

    pointer = cuda.to_device(numpy.zeros(1, numpy.float32))
    kernel = nothing[1, 32]
    launch = lambda: kernel(pointer, 7)
    return "us/launch", median_seconds(launch, BATCH, cuda.synchronize) * 1e6


def cupy_add():
    c = cupy()
    count = BYTES // 12
    x, y, z = (c.ones(count, c.float32) for _ in range(3))
    add = lambda: c.add(x, y, out=z)
    seconds = median_seconds_done(add, 10, c.cuda.Device().synchronize)
    return "GB/s", 12 * count / seconds * 1e-9


def cupy_sum():
    c = cupy()
    x = c.ones(BYTES // 4, c.float32)
    out = c.zeros((), c.float32)
    add_up = lambda: c.sum(x, out=out)
    seconds = median_seconds_done(add_up, 10, c.cuda.Device().synchronize)
    return "GB/s", BYTES / seconds * 1e-9


def cupy_alloc():
    c = cupy()
    pool = c.cuda.MemoryPool()

    def take():
        pool.malloc(1 << 20)

    return "us/op", median_seconds(take, 100, lambda: None) * 1e6


def cupy_replay():
    c = cupy()
    kernel, pointer, number = nothing_of_cupy(), c.zeros(1, c.float32), c.int32(7)
    stream = c.cuda.Stream(non_blocking=True)
    kernel((1,), (32,), (pointer, number))
    with stream:
        stream.begin_capture()
        for _ in range(NODES):
            kernel((1,), (32,), (pointer, number))
        graph = stream.end_capture()
    replay = lambda: graph.launch(stream)
    seconds = median_seconds_done(replay, 100, stream.synchronize)
    return "us/kernel", seconds / NODES * 1e6


MEASURES = [cupy_launch, numba_launch, cupy_add, cupy_sum, cupy_alloc, cupy_replay]


def main():
    wanted = sys.argv[1:]
    for measure in MEASURES:
        if not wanted or measure.__name__ in wanted:
            unit, value = measure()
            print(f"{measure.__name__}\t{unit}\t{value:.3f}")


if __name__ == "__main__":
    main()
