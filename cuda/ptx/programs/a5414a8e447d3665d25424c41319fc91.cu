// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 339

#include <algorithm>
__global__ void k(int *to)
{
    std::pair<int, float> pair = std::make_pair(1, 2.0f);
    int other = 7;
    std::swap(pair.first, other);
    to[0] = pair.first; to[1] = other; to[2] = (int)pair.second;
    to[3] = std::min(3, 2); to[4] = std::max(3, 2); to[5] = std::clamp(9, 1, 5); to[6] = std::clamp(-9, 1, 5);
}
