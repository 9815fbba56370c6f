/* Resample 8-bit pixels of four channels: a box average by whole factors, then Lanczos.
   And find what changed from one frame of an animation to the next.

   resample.py loads it by ctypes if it was built. Pixels are rows of four bytes without
   gaps; if there is alpha, colours are multiplied by it. resample and box return 0, or 1
   if memory ran out. Built as ISO C, in which the compiler does not fuse operations:
   every processor gives the same bytes. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#define LOBES 3
#define ONE 16384 /* weights have 14 fractional bits, pixels 7, their products 6 */
#define PI 3.14159265358979323846

typedef float Eight __attribute__((vector_size(32), aligned(4)));

typedef struct {
    int first, count;
    float *weight;
} Taps;

static double lanczos(double x) {
    if (x == 0)
        return 1;
    if (x <= -LOBES || x >= LOBES)
        return 0;
    return LOBES * sin(PI * x) * sin(PI * x / LOBES) / (PI * PI * x * x);
}

/* Whole multiples of 1 / ONE that add up to exactly one: sin() may differ in its last bit
   from processor to processor, and a plain area must keep its value. */
static void round_weights(float *weight, int count, double sum) {
    int rest = ONE, largest = 0;
    for (int k = 0; k < count; k++) {
        int whole = (int)lround(weight[k] / sum * ONE);
        rest -= whole;
        weight[k] = (float)whole / ONE;
        largest = weight[k] > weight[largest] ? k : largest;
    }
    weight[largest] += (float)rest / ONE;
}

/* The source pixels of each output pixel, and their weights. `extent` is the part of the
   `from` pixels that the image covers: a scaled JPEG ends inside its last pixel. */
static Taps *taps_of(int from, double extent, int to, float **weights) {
    double scale = extent / to, spread = scale > 1 ? scale : 1;
    int most = (int)ceil(2 * LOBES * spread) + 2;
    Taps *taps = malloc(sizeof(Taps) * to);
    float *weight = *weights = malloc(sizeof(float) * most * to);
    if (!taps || !weight) {
        free(taps);
        return NULL;
    }
    for (int i = 0; i < to; i++, weight += most) {
        double center = (i + 0.5) * scale, sum = 0;
        int first = (int)floor(center - LOBES * spread + 0.5);
        int last = (int)floor(center + LOBES * spread + 0.5);
        first = first < 0 ? 0 : first;
        last = last > from ? from : last;
        for (int k = first; k < last; k++)
            sum += weight[k - first] = (float)lanczos((k + 0.5 - center) / spread);
        round_weights(weight, last - first, sum);
        taps[i] = (Taps){first, last - first, weight};
    }
    return taps;
}

/* A rounded product with a weight; x86 and ARM have it as one instruction. */
static inline int16_t weighed(int16_t value, int16_t weight) {
    return (int16_t)((((int32_t)value * (int32_t)weight >> 14) + 1) >> 1);
}

/* Weigh four rows for two output rows at once: memory is the bottleneck. */
WIDE static void weigh(const int16_t *const row[4], const int16_t first[4],
                       const int16_t second[4], int16_t *restrict one,
                       int16_t *restrict other, int values) {
    const int16_t *a = row[0], *b = row[1], *c = row[2], *d = row[3];
    int16_t w0 = first[0], w1 = first[1], w2 = first[2], w3 = first[3];
    int16_t v0 = second[0], v1 = second[1], v2 = second[2], v3 = second[3];
    for (int x = 0; x < values; x++) {
        one[x] = (int16_t)(one[x] + weighed(a[x], w0) + weighed(b[x], w1) +
                           weighed(c[x], w2) + weighed(d[x], w3));
        other[x] = (int16_t)(other[x] + weighed(a[x], v0) + weighed(b[x], v1) +
                             weighed(c[x], v2) + weighed(d[x], v3));
    }
}

/* Two rows side by side, pixel by pixel: one vector operation serves both. */
WIDE static void interleave(const int16_t *one, const int16_t *other,
                            float *restrict pairs, int width) {
    for (int x = 0; x < width; x++, one += 4, other += 4, pairs += 8)
        for (int c = 0; c < 4; c++) {
            pairs[c] = one[c] * (1 / 64.0f);
            pairs[c + 4] = other[c] * (1 / 64.0f);
        }
}

WIDE static void extend(const uint8_t *row, int16_t *restrict to, int values) {
    for (int x = 0; x < values; x++)
        to[x] = (int16_t)(row[x] << 7);
}

WIDE static void across(const Eight *pairs, const Taps *taps, Eight *restrict out,
                        int width, int alpha) {
    for (int x = 0; x < width; x++) {
        const Eight *from = pairs + taps[x].first;
        const float *weight = taps[x].weight;
        Eight even = {0}, odd = {0};
        int k = 0;
        for (; k + 1 < taps[x].count; k += 2) {
            even += weight[k] * from[k];
            odd += weight[k + 1] * from[k + 1];
        }
        if (k < taps[x].count)
            even += weight[k] * from[k];
        Eight sum = even + odd + 0.5f;
        if (alpha && (sum[3] > 256 || sum[7] > 256)) { /* Lanczos overshoots */
            float one = sum[3] > 256 ? 255 / sum[3] : 1;
            float other = sum[7] > 256 ? 255 / sum[7] : 1;
            sum *= (Eight){one, one, one, one, other, other, other, other};
        }
        out[x] = sum;
    }
}

/* The pairs' first or second row. */
WIDE static void clamp(const float *pairs, uint8_t *restrict to, int width) {
    for (int x = 0; x < width; x++, pairs += 8, to += 4)
        for (int c = 0; c < 4; c++) {
            float value = pairs[c] > 255 ? 255 : pairs[c];
            to[c] = (uint8_t)(int)(value < 0 ? 0 : value);
        }
}

WIDE static void add(const uint8_t *row, uint32_t *restrict sums, int bytes) {
    for (int x = 0; x < bytes; x++)
        sums[x] += row[x];
}

/* One resize of an image that comes row by row. Of the image it keeps the rows that the
   next output row is made of: memory does not grow with the image's height. */
typedef struct {
    int width, height, alpha;       /* of what comes */
    int across, down;               /* pixels that are averaged into one */
    int averaged_width;             /* pixels of a row of averages */
    int came, averaged, written;    /* rows */
    int kept;                       /* the most rows that are needed at once */
    int to_width, to_height;
    uint32_t *sums;                 /* of an incomplete row of averages */
    int16_t *rows;                  /* the last `kept` rows of averages */
    float *weights[2];
    int16_t *sums_of_two;           /* two rows, weighed */
    Eight *pairs, *lines;           /* the same side by side; two output rows */
    Taps *columns, *lines_taps;
    uint8_t *to;
} Resampler;

void resampler_free(Resampler *r) {
    if (!r)
        return;
    free(r->sums);
    free(r->rows);
    free(r->weights[0]);
    free(r->weights[1]);
    free(r->sums_of_two);
    free(r->pairs);
    free(r->lines);
    free(r->columns);
    free(r->lines_taps);
    free(r);
}

/* Rows of averages that the output rows y and y + 1 are made of: first, and one past. */
static void window(const Resampler *r, int y, int *first, int *end) {
    const Taps *one = &r->lines_taps[y];
    const Taps *other = one + (y + 1 < r->to_height);
    *first = one->first < other->first ? one->first : other->first;
    int ends[2] = {one->first + one->count, other->first + other->count};
    *end = ends[0] > ends[1] ? ends[0] : ends[1];
}

/* `wide` and `high` are the part of the width and height that the image covers. */
Resampler *resampler_new(int width, int height, double wide, double high, int across,
                         int down, int alpha, uint8_t *to, int to_width, int to_height) {
    Resampler *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    *r = (Resampler){.width = width, .height = height, .alpha = alpha,
                     .across = across, .down = down, .to = to,
                     .to_width = to_width, .to_height = to_height};
    int boxes = r->averaged_width = (width + across - 1) / across;
    r->columns = taps_of(boxes, wide / across, to_width, &r->weights[0]);
    r->lines_taps = taps_of((height + down - 1) / down, high / down, to_height,
                            &r->weights[1]);
    if (!r->columns || !r->lines_taps) {
        resampler_free(r);
        return NULL;
    }
    for (int y = 0, first, end; y < to_height; y += 2) {
        window(r, y, &first, &end);
        r->kept = end - first > r->kept ? end - first : r->kept;
    }
    r->sums = calloc((size_t)4 * width, sizeof *r->sums);
    r->rows = malloc(sizeof(int16_t) * 4 * boxes * r->kept);
    r->sums_of_two = malloc(sizeof(int16_t) * 8 * boxes);
    r->pairs = malloc(sizeof(Eight) * boxes);
    r->lines = malloc(sizeof(Eight) * to_width);
    if (!r->sums || !r->rows || !r->sums_of_two || !r->pairs || !r->lines) {
        resampler_free(r);
        return NULL;
    }
    return r;
}

static int16_t *kept_row(const Resampler *r, int row) {
    return r->rows + (size_t)4 * r->averaged_width * (row % r->kept);
}

/* The averages of a row of boxes; those at the edges may be smaller. */
WIDE static void average(const uint32_t *sums, int16_t *restrict to, int width,
                         int across, int rows) {
    double share = 128.0 / ((double)across * rows);
    for (int left = 0; left < width; left += across, to += 4) {
        int columns = left + across > width ? width - left : across;
        uint32_t sum[4] = {0, 0, 0, 0};
        for (int x = left; x < left + columns; x++)
            for (int c = 0; c < 4; c++)
                sum[c] += sums[4 * x + c];
        double of = columns == across ? share : 128.0 / ((double)columns * rows);
        for (int c = 0; c < 4; c++)
            to[c] = (int16_t)(sum[c] * of + 0.5);
    }
}

static void write_two(Resampler *r, int y, int first, int end) {
    const Taps *taps[2] = {&r->lines_taps[y], &r->lines_taps[y + (y + 1 < r->to_height)]};
    int values = 4 * r->averaged_width;
    memset(r->sums_of_two, 0, sizeof(int16_t) * 2 * values);
    int16_t *sums[2] = {r->sums_of_two, r->sums_of_two + values};
    for (int k = first; k < end; k += 4) {
        const int16_t *row[4];
        int16_t weight[2][4];
        for (int i = 0; i < 4; i++) {
            row[i] = kept_row(r, k + i < end ? k + i : k);
            for (int which = 0; which < 2; which++) {
                int at = k + i - taps[which]->first;
                int in = at >= 0 && at < taps[which]->count;
                weight[which][i] = in ? (int16_t)(taps[which]->weight[at] * ONE) : 0;
            }
        }
        weigh(row, weight[0], weight[1], sums[0], sums[1], values);
    }
    interleave(sums[0], sums[1], (float *)r->pairs, r->averaged_width);
    across(r->pairs, r->columns, r->lines, r->to_width, r->alpha);
    uint8_t *to = r->to + (size_t)4 * r->to_width * y;
    clamp((float *)r->lines, to, r->to_width);
    if (y + 1 < r->to_height)
        clamp((float *)r->lines + 4, to + 4 * r->to_width, r->to_width);
}

void resampler_set_alpha(Resampler *r, int alpha) { r->alpha = alpha; }

/* The next row of the image. */
void resampler_add(Resampler *r, const uint8_t *row) {
    int16_t *to = kept_row(r, r->averaged);
    r->came++;
    if (r->across == 1 && r->down == 1)
        extend(row, to, 4 * r->width);
    else {
        add(row, r->sums, 4 * r->width);
        int rows = (r->came - 1) % r->down + 1;
        if (rows < r->down && r->came < r->height)
            return;
        average(r->sums, to, r->width, r->across, rows);
        memset(r->sums, 0, sizeof(uint32_t) * 4 * r->width);
    }
    r->averaged++;
    for (int first, end; r->written < r->to_height; r->written += 2) {
        window(r, r->written, &first, &end);
        if (end > r->averaged)
            return;
        write_two(r, r->written, first, end);
    }
}

/* Resize the image in the `width` x `height` pixels of `from`; 1 if memory ran out. */
int resample(const uint8_t *from, int width, int height, double wide, double high,
             int across, int down, int alpha, uint8_t *to, int to_width, int to_height) {
    Resampler *r = resampler_new(width, height, wide, high, across, down, alpha, to,
                                 to_width, to_height);
    if (!r)
        return 1;
    for (int y = 0; y < height; y++)
        resampler_add(r, from + (size_t)4 * width * y);
    resampler_free(r);
    return 0;
}

/* Multiply colours by alpha, so that hidden colours do not bleed into visible ones. */
WIDE void premultiply(uint8_t *pixel, size_t pixels) {
    for (size_t i = 0; i < pixels; i++, pixel += 4)
        for (int c = 0; c < 3; c++)
            pixel[c] = (pixel[c] * pixel[3] + 127) / 255;
}

/* The reverse, into another buffer. */
WIDE void divide(const uint8_t *pixel, uint8_t *to, size_t pixels) {
    for (size_t i = 0; i < pixels; i++, pixel += 4, to += 4) {
        float share = pixel[3] ? 255.0f / pixel[3] : 0;
        for (int c = 0; c < 3; c++) {
            float colour = pixel[c] * share + 0.5f;
            to[c] = colour > 255 ? 255 : (uint8_t)colour;
        }
        to[3] = pixel[3];
    }
}

static int same(const uint8_t *one, const uint8_t *other) {
    return !(one[3] | other[3]) || !memcmp(one, other, 4);
}

/* The box of pixels that changed, as left, top, width and height; one visible pixel if
   none did. Returns 1 if one became transparent: drawing over cannot do that. */
int changed(const uint8_t *before, const uint8_t *now, int width, int height,
            int box[4]) {
    int left = width, top = height, right = -1, bottom = -1, visible = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int at = 4 * (y * width + x);
            if (!visible && now[at + 3])
                visible = at;
            if (same(before + at, now + at))
                continue;
            if (before[at + 3] && !now[at + 3])
                return 1;
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y;
        }
    if (right < 0) {
        left = right = visible / 4 % width;
        top = bottom = visible / 4 / width;
    }
    box[0] = left, box[1] = top, box[2] = right - left + 1, box[3] = bottom - top + 1;
    return 0;
}

/* That box of `now`, its unchanged pixels transparent; a single pixel is copied. */
void difference(const uint8_t *before, const uint8_t *now, int width, const int box[4],
                uint8_t *to) {
    int whole = box[2] * box[3] == 1;
    for (int y = box[1]; y < box[1] + box[3]; y++)
        for (int x = box[0]; x < box[0] + box[2]; x++, to += 4) {
            size_t at = (size_t)4 * (y * width + x);
            memcpy(to, now + at, 4);
            if (!whole && same(before + at, now + at))
                memset(to, 0, 4);
        }
}
