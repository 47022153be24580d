// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 211

__global__ void double_surface(cudaSurfaceObject_t surface)
{
    float value;
    surf2Dread(&value, surface, threadIdx.x * 4, threadIdx.y);
    surf2Dwrite(2 * value, surface, threadIdx.x * 4, threadIdx.y);
}
