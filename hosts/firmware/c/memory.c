/*
 * The five functions that the library needs, for a program without a C library.
 */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *one, const void *two, size_t len);
int bcmp(const void *one, const void *two, size_t len);

void *
memcpy(void *to, const void *from, size_t len)
{
    unsigned char *out = to;
    const unsigned char *in = from;

    while (len-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *
memmove(void *to, const void *from, size_t len)
{
    unsigned char *out = to;
    const unsigned char *in = from;

    if (out < in) {
        return memcpy(to, from, len);
    }
    while (len-- > 0) {
        out[len] = in[len];
    }
    return to;
}

void *
memset(void *to, int byte, size_t len)
{
    unsigned char *out = to;

    while (len-- > 0) {
        *out++ = (unsigned char) byte;
    }
    return to;
}

int
memcmp(const void *one, const void *two, size_t len)
{
    const unsigned char *a = one, *b = two;

    for (; len > 0; len--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}

int
bcmp(const void *one, const void *two, size_t len)
{
    return memcmp(one, two, len);
}
