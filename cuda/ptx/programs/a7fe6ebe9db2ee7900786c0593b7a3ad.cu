// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// option -DTILE=16
// source 783

__global__ void multiply(float *to, const float *left, const float *right, int inner, int columns)
{
    __shared__ float a[TILE][TILE], b[TILE][TILE];
    const int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int start = 0; start < inner; start += TILE) {
        a[threadIdx.y][threadIdx.x] = left[row * inner + start + threadIdx.x];
        b[threadIdx.y][threadIdx.x] = right[(start + threadIdx.y) * columns + column];
        // All of both tiles is there before anybody reads, and read before anybody writes the next.
        __syncthreads();
        for (int k = 0; k < TILE; ++k)
            sum += a[threadIdx.y][k] * b[k][threadIdx.x];
        __syncthreads();
    }
    to[row * columns + column] = sum;
}

