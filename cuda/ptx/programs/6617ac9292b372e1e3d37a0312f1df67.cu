// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 452

__global__ void turn(cudaSurfaceObject_t to, cudaTextureObject_t from, int large, int small)
{
    const int x = threadIdx.x, y = threadIdx.y;
    // The middle of a pixel has a half in its coordinates.
    const float scale = (float)small / large, u = (x + 0.5f) * scale, v = (y + 0.5f) * scale;
    const float value = tex2D<float>(from, v, small - u);
    // A surface counts bytes along x.
    surf2Dwrite(value, to, x * (int)sizeof(float), y);
}

