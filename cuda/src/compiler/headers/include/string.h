// memcpy and memset are there without any header.
#pragma once

extern "C++" {

static __device__ inline size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length])
        ++length;
    return length;
}

static __device__ inline int memcmp(const void *left, const void *right, size_t count) {
    const unsigned char *a = (const unsigned char *)left, *b = (const unsigned char *)right;
    for (size_t i = 0; i < count; ++i)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static __device__ inline int strcmp(const char *left, const char *right) {
    while (*left && *left == *right)
        ++left, ++right;
    return (int)(unsigned char)*left - (int)(unsigned char)*right;
}

static __device__ inline void *memmove(void *to, const void *from, size_t count) {
    unsigned char *a = (unsigned char *)to;
    const unsigned char *b = (const unsigned char *)from;
    if (a < b)
        for (size_t i = 0; i < count; ++i)
            a[i] = b[i];
    else
        for (size_t i = count; i > 0; --i)
            a[i - 1] = b[i - 1];
    return to;
}

}
