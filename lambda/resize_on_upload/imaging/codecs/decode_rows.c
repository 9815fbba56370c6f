/* Decode an image row by row, and resize it meanwhile: no whole image is kept.

   ImageMagick passes each row to a function as its decoder finishes it (ReadStream).
   decode_rows.py loads this library by ctypes if it was built; MAGICK is the version of
   ImageMagick that it was built for. Nothing is linked: the ImageMagick that is loaded
   provides the symbols. */

#define _GNU_SOURCE /* mremap */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if MAGICK == 6
#include <magick/MagickCore.h>
#define HAS_ALPHA(image) ((image)->matte != MagickFalse)
#else
#include <MagickCore/MagickCore.h>
#define HAS_ALPHA(image) ((image)->alpha_trait != UndefinedPixelTrait)
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* Shared with decode_rows.py. */
typedef struct {
    int width, height;                    /* of the expected image */
    int alpha, cmyk;                      /* of what came; alpha multiplies colours */
    int rows;                             /* that came, or UNEXPECTED */
    int resamplers;                       /* their number */
    void *const *resampler;               /* of resample.c */
    void (*add)(void *, const uint8_t *); /* resampler_add */
    void (*set_alpha)(void *, int);       /* resampler_set_alpha */
    void (*premultiply)(uint8_t *, size_t);
    uint8_t *row;                         /* four bytes per pixel */
    const Image *image;                   /* that the first row is of */
} Rows;

enum { UNEXPECTED = -1 };

/* As ImageMagick's own export rounds sixteen bits to eight. */
static inline uint8_t eight_bits(Quantum value) {
    uint32_t raised = value + 128u;
    return (uint8_t)((raised - (raised >> 8)) >> 8);
}

WIDE static void convert(const Quantum *from, uint8_t *restrict to, int values) {
    for (int i = 0; i < values; i++)
        to[i] = eight_bits(from[i]);
}

#if MAGICK == 6
/* Blue, green, red and opacity; CMYK's black comes after the row. */
static void convert_row(const Image *image, const void *pixels, const Rows *rows) {
    int width = rows->width;
    uint8_t *to = rows->row;
    convert(pixels, to, 4 * width);
    const IndexPacket *black = (const IndexPacket *)((const PixelPacket *)pixels + width);
    for (int x = 0; x < width && rows->cmyk; x++)
        to[4 * x + 3] = eight_bits(black[x]);
    for (int x = 0; x < width && !rows->cmyk; x++)
        to[4 * x + 3] = 255 - to[4 * x + 3];
    (void)image;
}

const char *channels(int cmyk) { return cmyk ? "YMCK" : "BGRA"; }
#else
WIDE static void convert_rgb(const Quantum *from, uint8_t *restrict to, int width) {
    for (int x = 0; x < width; x++, from += 3, to += 4) {
        to[0] = eight_bits(from[0]);
        to[1] = eight_bits(from[1]);
        to[2] = eight_bits(from[2]);
        to[3] = 255;
    }
}

WIDE static void convert_gray(const Quantum *from, uint8_t *restrict to, int width) {
    for (int x = 0; x < width; x++, to += 4) {
        to[0] = to[1] = to[2] = eight_bits(from[x]);
        to[3] = 255;
    }
}

static void convert_row(const Image *image, const void *pixels, const Rows *rows) {
    const Quantum *from = pixels;
    uint8_t *to = rows->row;
    int stride = (int)GetPixelChannels(image), width = rows->width;
    int red = (int)image->channel_map[RedPixelChannel].offset;
    int green = (int)image->channel_map[GreenPixelChannel].offset;
    int blue = (int)image->channel_map[BluePixelChannel].offset;
    int last = (int)image->channel_map[rows->cmyk ? BlackPixelChannel : AlphaPixelChannel].offset;
    int in_order = red == 0 && green == 1 && blue == 2, plain = !rows->cmyk && !rows->alpha;
    if (in_order && plain && stride == 3)
        convert_rgb(from, to, width);
    else if (in_order && !plain && stride == 4 && last == 3)
        convert(from, to, 4 * width);
    else if (plain && stride == 1)
        convert_gray(from, to, width);
    else
        for (int x = 0; x < width; x++, from += stride, to += 4) {
            to[0] = eight_bits(from[red]);
            to[1] = eight_bits(from[green]);
            to[2] = eight_bits(from[blue]);
            to[3] = plain ? 255 : eight_bits(from[last]);
        }
}

const char *channels(int cmyk) { return cmyk ? "CMYK" : "RGBA"; }
#endif

static int is_expected(const Image *image, const Rows *rows, size_t columns) {
    return image == rows->image && columns == (size_t)rows->width &&
           image->columns == columns && image->rows == (size_t)rows->height &&
           rows->rows < rows->height && HAS_ALPHA(image) == rows->alpha &&
           (image->colorspace == CMYKColorspace) == rows->cmyk &&
           !(rows->alpha && rows->cmyk);
}

/* ImageMagick allocates memory for all pixels all the same, although it writes each row
   to the beginning; some decoders clear it all first. All pages of that memory are
   therefore the same few: a window, mapped again and again. */
#define WINDOW (4u << 20)
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; before it, pages are mapped one by one */
#endif

static struct {
    int wanted, cleared; /* whether the next large block is it; is it cleared first? */
    char *start;
    size_t length;
} pixels_memory;

static char *map_windows(size_t length, int populate) {
    int flags = MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS, mode = PROT_READ | PROT_WRITE;
    char *start = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    int failed = mmap(start, WINDOW, mode, flags, -1, 0) == MAP_FAILED;
    for (size_t at = WINDOW; at < length && !failed; at += WINDOW)
        failed = mremap(start, 0, WINDOW, MREMAP_MAYMOVE | MREMAP_FIXED, start + at) ==
                 MAP_FAILED;
    for (size_t at = 0; at < length && !failed && populate; at += WINDOW)
        (void)madvise(start + at, WINDOW, MADV_POPULATE_WRITE);
    if (failed)
        munmap(start, length);
    return failed ? NULL : start;
}

static void *allocate(const size_t size, const size_t alignment) {
    void *memory = NULL;
    if (pixels_memory.wanted && !pixels_memory.start && size > WINDOW) {
        pixels_memory.wanted = 0;
        pixels_memory.length = (size + WINDOW - 1) / WINDOW * WINDOW;
        pixels_memory.start = map_windows(pixels_memory.length, pixels_memory.cleared);
        return pixels_memory.start;
    }
    return posix_memalign(&memory, alignment, size) ? NULL : memory;
}

static void release(void *memory) {
    if (memory && memory == pixels_memory.start) {
        munmap(memory, pixels_memory.length);
        pixels_memory.start = NULL;
    } else
        free(memory);
}

/* To be called once, before any image; 0 if it was built for another ImageMagick. */
int decode_rows_start(void) {
    size_t version, bits;
    GetMagickVersion(&version);
    GetMagickQuantumDepth(&bits);
    int floats = strstr(GetMagickFeatures(), "HDRI") != NULL;
    if (version != MagickLibVersion || bits != MAGICKCORE_QUANTUM_DEPTH || floats)
        return 0;
    SetMagickAlignedMemoryMethods(allocate, release);
    return 1;
}

/* ImageMagick calls it with each row; any result but `columns` ends the decoding. */
static size_t take_row(const Image *image, const void *pixels, const size_t columns) {
    Rows *rows = image->client_data;
    if (!pixels)
        return columns;
    if (!rows->image) {
        rows->image = image;
        rows->alpha = HAS_ALPHA(image);
        rows->cmyk = image->colorspace == CMYKColorspace;
        for (int i = 0; i < rows->resamplers; i++)
            rows->set_alpha(rows->resampler[i], rows->alpha);
    }
    /* Memory that is not for the pixels must not be windows. */
    int misplaced = pixels_memory.start && (const char *)pixels != pixels_memory.start;
    if (rows->rows == UNEXPECTED || misplaced || !is_expected(image, rows, columns)) {
        rows->rows = UNEXPECTED;
        return 0;
    }
    convert_row(image, pixels, rows);
    if (rows->alpha)
        rows->premultiply(rows->row, rows->width);
    for (int i = 0; i < rows->resamplers; i++)
        rows->add(rows->resampler[i], rows->row);
    rows->rows++;
    return columns;
}

/* Whether all of the image came, without a warning. */
static int is_complete(const Image *image, const Rows *rows,
                       const ExceptionInfo *exception) {
    int has_page = image->page.width || image->page.height;
    int fills_page = image->page.width == image->columns &&
                     image->page.height == image->rows && !image->page.x &&
                     !image->page.y;
    int warned = exception->severity != UndefinedException;
#if MAGICK == 6
    warned = warned || image->exception.severity != UndefinedException;
#endif
    return image == rows->image && rows->rows == rows->height && !warned &&
           HAS_ALPHA(image) == rows->alpha && (fills_page || !has_page);
}

static Image *read_rows(const ImageInfo *info, Rows *rows, int cleared) {
    ExceptionInfo *exception = AcquireExceptionInfo();
    MagickSizeType before = GetMagickResource(MemoryResource), copied = 0;
    pixels_memory.wanted = 1, pixels_memory.cleared = cleared;
    Image *image = ReadStream(info, take_row, exception), *rest = NULL;
    pixels_memory.wanted = 0;
    if (image) {
        image->client_data = NULL;
        if (is_complete(image, rows, exception)) {
            copied = GetMagickResource(MemoryResource);
            rest = CloneImage(image, 1, 1, MagickTrue, exception);
            copied = GetMagickResource(MemoryResource) - copied;
        }
        DestroyImageList(image);
    }
    /* ImageMagick goes on counting what it has freed after ReadStream: its memory limit
       would be reached after some images. */
    MagickSizeType after = GetMagickResource(MemoryResource) - copied;
    if (after > before)
        RelinquishMagickResource(MemoryResource, after - before);
    DestroyExceptionInfo(exception);
    return rest;
}

/* Decode `blob` with the decoder `coder`. Returns the image without its pixels; NULL if
   it cannot be decoded by rows or there is any doubt about them.

   `options` are names and values in turn, then NULL. `cleared`: whether the decoder
   clears all pixels first. */
Image *decode_rows(const void *blob, size_t length, const char *coder, int cleared,
                   const char *const *options, Rows *rows) {
    ImageInfo *info = AcquireImageInfo();
    for (; options[0]; options += 2)
        SetImageOption(info, options[0], options[1]);
    /* The prefix: without it, ImageMagick would recognise the format by itself. */
    FormatLocaleString(info->filename, sizeof info->filename, "%s:upload.%s[0]", coder,
                       coder);
    SetImageInfoBlob(info, blob, length);
    info->client_data = rows;
    rows->row = malloc((size_t)4 * rows->width);
    Image *rest = rows->row ? read_rows(info, rows, cleared) : NULL;
    DestroyImageInfo(info);
    free(rows->row);
    return rest;
}
