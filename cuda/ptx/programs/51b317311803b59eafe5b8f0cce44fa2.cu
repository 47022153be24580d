// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 290

#include <math.h>
#include <math_constants.h>
__global__ void k(double *to)
{
    to[0] = M_PI; to[1] = M_E; to[2] = M_LN2; to[3] = M_SQRT2; to[4] = M_2_SQRTPI; to[5] = M_LOG10E;
    to[6] = CUDART_PI; to[7] = CUDART_LN2; to[8] = CUDART_L2E; to[9] = CUDART_LGE; to[10] = CUDART_SQRT_TWO;
}
