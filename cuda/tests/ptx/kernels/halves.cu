// Half precision, with the functions of cuda_fp16.h and cuda_bf16.h.
#include <cuda_fp16.h>
#include <cuda_bf16.h>
extern "C" __global__ void halves(const float *in, float *out) {
    int t = threadIdx.x;
    half x = __float2half(in[t]);
    half2 two = __halves2half2(x, __float2half(1.0f));
    half2 sum = __hfma2(two, two, two);
    out[t] = __half2float(x * x + x);
    out[32 + t] = __half2float(hexp(x)) + __half2float(hsqrt(x)) + __half2float(hsin(x));
    out[64 + t] = __low2float(sum) + __high2float(sum);
    out[96 + t] = (x < __float2half(1.5f) ? 1 : 0) + __half2int_rn(x) * 10 + __half2float(__hmax(x, __float2half(2.0f))) * 100;
    __nv_bfloat16 b = __float2bfloat16(in[t]);
    out[128 + t] = __bfloat162float(__hmul(b, b));
}
extern "C" __global__ void add(half *h, half2 *h2) { atomicAdd(h, __float2half(0.5f)); atomicAdd(h2, __floats2half2_rn(1.0f, 2.0f)); }
