// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression unpack
// expression sizes
// source 694

struct inner { unsigned char tag; double weight; };
struct outer { short first; inner in; float numbers[3]; double *to; bool last; };
template <class T> struct __align__(16) pair { T first; unsigned second; };
struct meters { float value; };

__global__ void unpack(char before, outer o, pair<double> p, meters m, char after)
{
    o.to[0] = before; o.to[1] = o.first; o.to[2] = o.in.tag; o.to[3] = o.in.weight;
    o.to[4] = o.numbers[0]; o.to[5] = o.numbers[1]; o.to[6] = o.numbers[2]; o.to[7] = o.last;
    o.to[8] = p.first; o.to[9] = p.second; o.to[10] = m.value; o.to[11] = after;
}

__global__ void sizes(unsigned long long *to) { to[0] = sizeof(outer); to[1] = sizeof(pair<double>); }

