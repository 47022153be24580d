// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 381

__global__ void add_ten(cudaSurfaceObject_t image)
{
    const int x = threadIdx.x, y = threadIdx.y;
    float value;
    surf2Dread(&value, image, 4 * x, y, cudaBoundaryModeClamp);
    surf2Dwrite(value + 10.0f, image, 4 * x, y, cudaBoundaryModeZero);
}

__global__ void trap(cudaSurfaceObject_t image)
{
    surf2Dwrite(1.0f, image, 4 * threadIdx.x, 0, cudaBoundaryModeTrap);
}

