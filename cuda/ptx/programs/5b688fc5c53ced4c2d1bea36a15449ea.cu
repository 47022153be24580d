// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C++
// option --std=c++17
// option -lineinfo
// expression k
// source 440

#include <cstring>
__global__ void k(int *to)
{
    char text[8] = "abcdef";
    to[0] = (int)std::strlen(text);
    to[1] = strcmp("abc", "abd") < 0;
    to[2] = strcmp("b", "abc") > 0;
    to[3] = strcmp("same", "same");
    to[4] = memcmp("abc", "abx", 2);
    to[5] = memcmp("ab\xff", "ab\x01", 3);
    memmove(text + 2, text, 4);
    to[6] = strcmp(text, "ababcd");
    memmove(text, text + 2, 5);
    to[7] = strcmp(text, "abcd");
}

