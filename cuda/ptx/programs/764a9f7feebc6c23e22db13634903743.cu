// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// option -DLIMIT=200
// option --fmad=false
// source 645

// For each pixel the number of steps until it is clear that the sequence grows without limit, or LIMIT.
__global__ void mandelbrot(unsigned *steps, int width, int height)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height)
        return;
    const double re = 3.0 * x / width - 2.25, im = 2.0 * y / height - 1.0;
    double a = 0, b = 0;
    unsigned step = 0;
    for (; step < LIMIT && a * a + b * b <= 4.0; ++step) {
        const double next = a * a - b * b + re;
        b = 2.0 * a * b + im;
        a = next;
    }
    steps[y * width + x] = step;
}

