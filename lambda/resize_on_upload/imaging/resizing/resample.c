/* Resample 8-bit pixels of four channels: a box average by whole factors, then Lanczos.
   And find what changed from one frame of an animation to the next, and filter PNGs.

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
#define PI 3.14159265358979323846

typedef float Four __attribute__((vector_size(16), aligned(4)));

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

/* The source pixels of each output pixel, and their weights. `extent` is the part of the
   `from` pixels that the image covers: a scaled JPEG ends inside its last pixel. */
static Taps *taps_of(int from, double extent, int to, float **weights) {
    double scale = extent / to, spread = scale > 1 ? scale : 1;
    int most = (int)ceil(2 * LOBES * spread) + 2;
    Taps *taps = malloc(sizeof(Taps) * to);
    float *weight = *weights = malloc(sizeof(float) * most * to);
    if (!taps || !weight) {
        free(taps);
        free(weight);
        return NULL;
    }
    for (int i = 0; i < to; i++, weight += most) {
        double center = (i + 0.5) * scale, sum = 0;
        int first = (int)floor(center - LOBES * spread + 0.5);
        int last = (int)floor(center + LOBES * spread + 0.5);
        first = first < 0 ? 0 : first;
        last = last > from ? from : last;
        for (int k = first; k < last; k++)
            sum += weight[k - first] = lanczos((k + 0.5 - center) / spread);
        for (int k = first; k < last; k++)
            weight[k - first] /= sum;
        taps[i] = (Taps){first, last - first, weight};
    }
    return taps;
}

/* Two rows at once: memory is the bottleneck. */
WIDE static void weigh(const uint8_t *one, const uint8_t *other, const float weight[2],
                       float *sums, int bytes) {
    for (int x = 0; x < bytes; x++)
        sums[x] += weight[0] * one[x] + weight[1] * other[x];
}

WIDE static void across(const float *row, const Taps *taps, uint8_t *out, int width,
                        int alpha) {
    for (int x = 0; x < width; x++, out += 4) {
        const Four *from = (const Four *)row + taps[x].first;
        const float *weight = taps[x].weight;
        Four sum = {0.5f, 0.5f, 0.5f, 0.5f};
        for (int k = 0; k < taps[x].count; k++)
            sum += weight[k] * from[k];
        if (alpha && sum[3] > 256) /* Lanczos overshoots: scale alpha, too */
            sum *= 255 / sum[3];
        for (int c = 0; c < 4; c++)
            out[c] = sum[c] < 0 ? 0 : sum[c] > 255 ? 255 : (uint8_t)sum[c];
    }
}

/* Resize the image in the `width` x `height` pixels of `from`. */
int resample(const uint8_t *from, int width, int height, double wide, double high,
             int alpha, uint8_t *to, int to_width, int to_height) {
    float *weights[2] = {NULL, NULL}, *row = malloc(sizeof(float) * 4 * width);
    Taps *columns = taps_of(width, wide, to_width, &weights[0]);
    Taps *rows = taps_of(height, high, to_height, &weights[1]);
    int failed = !row || !columns || !rows;
    for (int y = 0; y < to_height && !failed; y++) {
        memset(row, 0, sizeof(float) * 4 * width);
        const uint8_t *first = from + (size_t)4 * width * rows[y].first;
        for (int k = 0; k < rows[y].count; k += 2) {
            int pair = k + 1 < rows[y].count;
            const uint8_t *one = first + (size_t)4 * width * k;
            float weight[2] = {rows[y].weight[k], pair ? rows[y].weight[k + 1] : 0};
            weigh(one, pair ? one + 4 * width : one, weight, row, 4 * width);
        }
        across(row, columns, to + (size_t)4 * to_width * y, to_width, alpha);
    }
    if (columns)
        free(weights[0]);
    if (rows)
        free(weights[1]);
    free(columns);
    free(rows);
    free(row);
    return failed;
}

WIDE static void add(const uint8_t *row, uint32_t *sums, int bytes) {
    for (int x = 0; x < bytes; x++)
        sums[x] += row[x];
}

/* The average of each box of across x down pixels; boxes at the edges may be smaller.
   `to` has ceil(width / across) x ceil(height / down) pixels. */
int box(const uint8_t *from, int width, int height, int across, int down, uint8_t *to) {
    uint32_t *sums = malloc(sizeof(uint32_t) * 4 * width);
    if (!sums)
        return 1;
    for (int top = 0; top < height; top += down) {
        int rows = top + down > height ? height - top : down;
        memset(sums, 0, sizeof(uint32_t) * 4 * width);
        for (int y = top; y < top + rows; y++)
            add(from + (size_t)4 * width * y, sums, 4 * width);
        for (int left = 0; left < width; left += across, to += 4) {
            int columns = left + across > width ? width - left : across;
            uint32_t sum[4] = {0, 0, 0, 0}, pixels = columns * rows;
            for (int x = left; x < left + columns; x++)
                for (int c = 0; c < 4; c++)
                    sum[c] += sums[4 * x + c];
            for (int c = 0; c < 4; c++)
                to[c] = (sum[c] + pixels / 2) / pixels;
        }
    }
    free(sums);
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

WIDE static void filter(int kind, const uint8_t *restrict row,
                        const uint8_t *restrict above, int bytes, int step,
                        uint8_t *restrict to) {
    const uint8_t *left = row - step, *corner = above - step;
    if (kind == 0)
        memcpy(to, row, bytes);
    else if (kind == 1)
        for (int x = 0; x < bytes; x++)
            to[x] = row[x] - left[x];
    else if (kind == 2)
        for (int x = 0; x < bytes; x++)
            to[x] = row[x] - above[x];
    else if (kind == 3)
        for (int x = 0; x < bytes; x++)
            to[x] = row[x] - ((left[x] + above[x]) >> 1);
    else
        for (int x = 0; x < bytes; x++) {
            int16_t a = left[x], b = above[x], c = corner[x];
            int16_t from_a = abs(b - c), from_b = abs(a - c), from_c = abs(a + b - 2 * c);
            int16_t other = from_b <= from_c ? b : c;
            to[x] = row[x] - (from_a <= from_b && from_a <= from_c ? a : other);
        }
}

WIDE static unsigned magnitude(const uint8_t *row, int bytes) {
    unsigned sum = 0;
    for (int x = 0; x < bytes; x++)
        sum += row[x] < 128 ? row[x] : 256 - row[x];
    return sum;
}

/* Filter the rows of a PNG, each by the filter that leaves the smallest values (PNG
   specification, 9 and 12.7). `above` is the row above the first, `step` the bytes of a
   pixel; each row of `to` begins with the number of its filter. */
int filter_rows(const uint8_t *from, const uint8_t *above, int bytes, int rows, int step,
                uint8_t *to) {
    int room = bytes + step;
    uint8_t *lines = calloc(2, room), *result = malloc(bytes);
    int failed = !lines || !result;
    if (!failed)
        memcpy(lines + step, above, bytes);
    for (int y = 0; y < rows && !failed; y++, from += bytes, to += bytes + 1) {
        const uint8_t *before = lines + y % 2 * room + step;
        uint8_t *row = lines + (y + 1) % 2 * room + step;
        unsigned best = -1u;
        memcpy(row, from, bytes);
        for (int kind = 0; kind < 5; kind++) {
            filter(kind, row, before, bytes, step, result);
            unsigned sum = magnitude(result, bytes);
            if (sum < best) {
                best = sum;
                to[0] = kind;
                memcpy(to + 1, result, bytes);
            }
        }
    }
    free(lines);
    free(result);
    return failed;
}
