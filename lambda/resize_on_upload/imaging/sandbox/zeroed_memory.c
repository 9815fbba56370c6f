/* New memory is zero: preloaded into the decoder's process.

   A decoder that leaves pixels out, as libtiff does for a truncated strip, would
   otherwise show those of an earlier image. calloc clears only what was used before:
   memory that is new from the kernel is zero. All bytes of a block are cleared, also
   those that the caller did not ask for, so that realloc returns none of them later.
   Another C library than glibc keeps its own functions: this library is then empty. */

#include <stdlib.h>
#ifdef __GLIBC__
#include <errno.h>
#include <malloc.h>
#include <string.h>

/* glibc's own functions under the names that preloading does not replace. */
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void *__libc_valloc(size_t bytes);
void *__libc_pvalloc(size_t bytes);

static void *cleared(void *block)
{
    return block ? memset(block, 0, malloc_usable_size(block)) : NULL;
}

void *malloc(size_t bytes)
{
    return __libc_calloc(1, bytes);
}

void *realloc(void *block, size_t bytes)
{
    if (!block)
        return malloc(bytes);
    size_t before = malloc_usable_size(block);
    char *now = __libc_realloc(block, bytes);
    if (now) {
        size_t kept = bytes < before ? bytes : before;
        memset(now + kept, 0, malloc_usable_size(now) - kept);
    }
    return now;
}

void *memalign(size_t alignment, size_t bytes)
{
    return cleared(__libc_memalign(alignment, bytes));
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    if (!alignment || alignment % sizeof(void *) || alignment & (alignment - 1))
        return EINVAL;
    void *new = memalign(alignment, bytes);
    if (!new)
        return ENOMEM;
    *block = new;
    return 0;
}

void *valloc(size_t bytes)
{
    return cleared(__libc_valloc(bytes));
}

void *pvalloc(size_t bytes)
{
    return cleared(__libc_pvalloc(bytes));
}
#endif
