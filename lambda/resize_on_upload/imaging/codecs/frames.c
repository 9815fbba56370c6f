/* What ImageMagick has no quick way for: compare two frames of an animation, and make a
   frame of at most 256 colours with exactly those as its palette.

   frames.py loads this library by ctypes if it was built; MAGICK is the version of
   ImageMagick that it was built for. Nothing is linked: the ImageMagick that is loaded
   provides the symbols. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if MAGICK == 6
#include <magick/MagickCore.h>
#define HAS_ALPHA(image) ((image)->matte != MagickFalse)
#define ADD_ALPHA(image) ((image)->matte = MagickTrue)
#define CHANNELS(image) (sizeof(PixelPacket) / sizeof(Quantum))
#define RELABEL(image, exception) SetImageColorspace(image, sRGBColorspace)
#define RESIZE(image, width, height, exception) SetImageExtent(image, width, height)
#define ADD_PALETTE(image, colours, exception) AcquireImageColormap(image, colours)
typedef PixelPacket Pixel;
#else
#include <MagickCore/MagickCore.h>
#define HAS_ALPHA(image) ((image)->alpha_trait != UndefinedPixelTrait)
#define ADD_ALPHA(image) ((image)->alpha_trait = BlendPixelTrait)
#define CHANNELS(image) GetPixelChannels(image)
#define RELABEL(image, exception) SetImageColorspace(image, sRGBColorspace, exception)
#define RESIZE(image, width, height, exception) \
    SetImageExtent(image, width, height, exception)
#define ADD_PALETTE(image, colours, exception) \
    AcquireImageColormap(image, colours, exception)
typedef Quantum Pixel;
#endif

#define SIXTEEN_BITS(eight) ((Quantum)(257 * (eight)))

enum { COLOURS = 256, PLACES = 1024 };
enum { DONE, TOO_MANY_COLOURS, FAILED };

typedef struct {
    uint32_t colour[COLOURS]; /* as in memory: red, green, blue, alpha */
    int count;
    int16_t at[PLACES]; /* of a hash table: an index of `colour`, or -1 */
} Palette;

static int has_same_profile(const Image *one, const Image *other) {
    const StringInfo *a = GetImageProfile(one, "icc"), *b = GetImageProfile(other, "icc");
    return a && b ? !CompareStringInfo(a, b) : a == b;
}

/* Whether two frames show the same: pixels and colour profile. */
int frames_are_same(const Image *one, const Image *other) {
    if (one->columns != other->columns || one->rows != other->rows ||
        one->colorspace != other->colorspace || HAS_ALPHA(one) != HAS_ALPHA(other) ||
        CHANNELS(one) != CHANNELS(other) || !has_same_profile(one, other))
        return 0;
    ExceptionInfo *exception = AcquireExceptionInfo();
    size_t length = one->columns * CHANNELS(one) * sizeof(Quantum);
    int same = 1;
    for (ssize_t y = 0; same && y < (ssize_t)one->rows; y++) {
        const Pixel *a = GetVirtualPixels(one, 0, y, one->columns, 1, exception);
        const Pixel *b = GetVirtualPixels(other, 0, y, one->columns, 1, exception);
        same = a && b && (a == b || !memcmp(a, b, length));
    }
    DestroyExceptionInfo(exception);
    return same;
}

/* The colour's index; -1 if it is one too many. */
static int index_of(Palette *palette, uint32_t colour) {
    uint32_t place = colour * 2654435761u >> 22; /* Knuth's multiplicative hash */
    for (;; place = (place + 1) % PLACES) {
        int index = palette->at[place];
        if (index >= 0 && palette->colour[index] == colour)
            return index;
        if (index >= 0)
            continue;
        if (palette->count == COLOURS)
            return -1;
        palette->at[place] = (int16_t)palette->count;
        palette->colour[palette->count] = colour;
        return palette->count++;
    }
}

/* The index of each pixel's colour; 0 if there are too many. Transparent pixels have
   the same colour. */
static int find_colours(const uint8_t *pixels, size_t number, Palette *palette,
                        uint8_t *indexes) {
    palette->count = 0;
    memset(palette->at, -1, sizeof palette->at);
    uint32_t before = 0;
    int index = -1;
    for (size_t i = 0; i < number; i++, pixels += 4) {
        uint32_t colour = 0;
        if (pixels[3])
            memcpy(&colour, pixels, 4);
        if (index < 0 || colour != before)
            index = index_of(palette, colour);
        if (index < 0)
            return 0;
        before = colour;
        indexes[i] = (uint8_t)index;
    }
    return 1;
}

#if MAGICK == 6
static void set_colour(const Image *image, int index, const uint8_t *colour) {
    PixelPacket *entry = &image->colormap[index];
    entry->red = SIXTEEN_BITS(colour[0]);
    entry->green = SIXTEEN_BITS(colour[1]);
    entry->blue = SIXTEEN_BITS(colour[2]);
    entry->opacity = SIXTEEN_BITS(255 - colour[3]);
}

static void set_row(Image *image, PixelPacket *pixel, const uint8_t *indexes) {
    IndexPacket *index = GetAuthenticIndexQueue(image);
    for (size_t x = 0; x < image->columns; x++) {
        SetPixelIndex(index + x, indexes[x]);
        pixel[x] = image->colormap[indexes[x]];
    }
}
#else
static void set_colour(const Image *image, int index, const uint8_t *colour) {
    PixelInfo *entry = &image->colormap[index];
    entry->red = SIXTEEN_BITS(colour[0]);
    entry->green = SIXTEEN_BITS(colour[1]);
    entry->blue = SIXTEEN_BITS(colour[2]);
    entry->alpha = SIXTEEN_BITS(colour[3]);
    entry->alpha_trait = image->alpha_trait;
}

static void set_row(Image *image, Quantum *pixel, const uint8_t *indexes) {
    for (size_t x = 0; x < image->columns; x++, pixel += GetPixelChannels(image)) {
        SetPixelViaPixelInfo(image, &image->colormap[indexes[x]], pixel);
        SetPixelIndex(image, indexes[x], pixel);
    }
}
#endif

static int set_pixels(Image *image, const Palette *palette, const uint8_t *indexes,
                      int width, int height, ExceptionInfo *exception) {
    ADD_ALPHA(image);
    if (!RELABEL(image, exception) || !RESIZE(image, width, height, exception) ||
        !ADD_PALETTE(image, palette->count, exception))
        return FAILED;
    for (int i = 0; i < palette->count; i++)
        set_colour(image, i, (const uint8_t *)&palette->colour[i]);
    for (int y = 0; y < height; y++, indexes += width) {
        Pixel *row = QueueAuthenticPixels(image, 0, y, width, 1, exception);
        if (!row)
            return FAILED;
        set_row(image, row, indexes);
        if (!SyncAuthenticPixels(image, exception))
            return FAILED;
    }
    return DONE;
}

/* Replace an image's size and pixels: red, green, blue, and alpha, which is 0 or 255.
   Unless it is done, nothing is changed, or memory ran out. */
int frames_set_pixels(Image *image, const uint8_t *pixels, int width, int height) {
    Palette palette;
    uint8_t *indexes = malloc((size_t)width * height);
    if (!indexes)
        return FAILED;
    int found = find_colours(pixels, (size_t)width * height, &palette, indexes);
    int result = TOO_MANY_COLOURS;
    if (found) {
        ExceptionInfo *exception = AcquireExceptionInfo();
        result = set_pixels(image, &palette, indexes, width, height, exception);
        DestroyExceptionInfo(exception);
    }
    free(indexes);
    return result;
}
