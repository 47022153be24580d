// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 429

#include <cuComplex.h>
__global__ void k(double2 *to, const double2 *from)
{
    const cuDoubleComplex a = from[0], b = from[1];
    to[0] = cuCadd(a, b); to[1] = cuCsub(a, b); to[2] = cuCmul(a, b); to[3] = cuCdiv(a, b); to[4] = cuConj(a);
    to[5] = make_cuDoubleComplex(cuCabs(a), cuCreal(b)); to[6] = cuCfma(a, b, a);
    to[7] = cuComplexFloatToDouble(cuCmulf(cuComplexDoubleToFloat(a), make_cuFloatComplex(0.0f, 1.0f)));
}
