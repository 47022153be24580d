// A source whose PTX is kept; see the README in cuda/ptx.
// name kernel.cu
// linkage C
// option --std=c++17
// option -lineinfo
// source 1789
// Counts bytes and finds words in a block of text.

// One histogram of all bytes: each block of threads counts in shared memory and adds its counts up at the end.
__global__ void histogram(const unsigned char *text, unsigned length, unsigned *counts)
{
    __shared__ unsigned mine[256];
    for (unsigned byte = threadIdx.x; byte < 256; byte += blockDim.x)
        mine[byte] = 0;
    __syncthreads();
    const unsigned step = gridDim.x * blockDim.x;
    for (unsigned at = blockIdx.x * blockDim.x + threadIdx.x; at < length; at += step)
        atomicAdd(&mine[text[at]], 1u);
    __syncthreads();
    for (unsigned byte = threadIdx.x; byte < 256; byte += blockDim.x)
        if (mine[byte])
            atomicAdd(&counts[byte], mine[byte]);
}

struct Word {
    unsigned start;
    unsigned length;
    unsigned long long hash;
};

// The byte in lower case, or 0 when it belongs to no word.
__device__ unsigned fold(unsigned byte)
{
    const bool upper = byte - 'A' < 26u;
    const bool belongs = upper || byte - 'a' < 26u || byte - '0' < 10u || byte >= 0x80;
    return belongs ? byte + (upper ? 32 : 0) : 0;
}

// A thread a byte: where a word begins, it hashes its first 64 bytes (FNV-1a) and takes the next place in `words`.
__global__ void find_words(const unsigned char *text, unsigned length, unsigned *found, Word *words)
{
    const unsigned start = blockIdx.x * blockDim.x + threadIdx.x;
    if (start >= length || !fold(text[start]) || (start > 0 && fold(text[start - 1])))
        return;
    unsigned long long hash = 0xcbf29ce484222325ull;
    unsigned at = start;
    for (unsigned byte; at < length && at - start < 64 && (byte = fold(text[at])); at++)
        hash = (hash ^ byte) * 0x100000001b3ull;
    words[atomicAdd(found, 1u)] = {start, at - start, hash};
}

