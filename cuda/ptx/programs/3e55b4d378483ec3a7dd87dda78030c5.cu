// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 189

__global__ void number_surface(cudaSurfaceObject_t surface)
{
    int x = threadIdx.x, y = threadIdx.y, z = threadIdx.z;
    surf3Dwrite(make_uint2(x, 10 * y + z), surface, x * 8, y, z);
}
