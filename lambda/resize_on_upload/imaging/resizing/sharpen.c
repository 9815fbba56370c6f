/* Sharpen 8-bit pixels of four channels: move each value away from the average around it,
   but only by a few levels past the lowest and highest value there, so no halo appears.

   Compiled into _resample.so; resample.py loads it. Integers only: every processor gives
   the same bytes. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the columns of a row, with one more pixel at each end. */
typedef struct {
    int16_t *sum; /* of three rows, the middle one twice */
    uint8_t *low, *high;
} Columns;

static inline uint8_t lower(uint8_t a, uint8_t b) { return a < b ? a : b; }
static inline uint8_t higher(uint8_t a, uint8_t b) { return a > b ? a : b; }

static void look_down(const uint8_t *above, const uint8_t *row, const uint8_t *below,
                      int16_t *restrict sum, uint8_t *restrict low,
                      uint8_t *restrict high, int values) {
    for (int x = 0; x < values; x++) {
        sum[x] = (int16_t)(above[x] + 2 * row[x] + below[x]);
        low[x] = lower(lower(above[x], row[x]), below[x]);
        high[x] = higher(higher(above[x], row[x]), below[x]);
    }
}

/* Repeat the first and the last pixel at the ends. */
static void extend(const Columns *of, int values) {
    for (int c = 0; c < 4; c++) {
        of->sum[c] = of->sum[c + 4], of->sum[values + 4 + c] = of->sum[values + c];
        of->low[c] = of->low[c + 4], of->low[values + 4 + c] = of->low[values + c];
        of->high[c] = of->high[c + 4], of->high[values + 4 + c] = of->high[values + c];
    }
}

/* Next to transparency, the limit is 0: colours and alpha would pass the extremes in
   different proportions, which is a fringe. */
static void limit_by_alpha(const uint8_t *low, uint8_t limit, uint8_t *restrict limits,
                           int values) {
    for (int x = 0; x < values; x += 4) {
        int is_opaque = (low[x + 3] & low[x + 7] & low[x + 11]) == 255;
        memset(limits + x, is_opaque ? limit : 0, 4);
    }
}

/* The rounded product, by 16-bit operations, which are the fastest. */
static void look_across(const uint8_t *row, const int16_t *sum, const uint8_t *low,
                        const uint8_t *high, const uint8_t *limits, int16_t gain,
                        uint8_t *restrict to, int values) {
    for (int x = 0; x < values; x++) {
        int16_t apart = (int16_t)(16 * row[x] - sum[x] - 2 * sum[x + 4] - sum[x + 8]);
        int16_t quarter = (int16_t)(4 * apart);
        int16_t more = (int16_t)((((int32_t)quarter * (int32_t)gain >> 16) + 1) >> 1);
        uint8_t lowest = lower(lower(low[x], low[x + 4]), low[x + 8]);
        uint8_t highest = higher(higher(high[x], high[x + 4]), high[x + 8]);
        int16_t least = (int16_t)(lowest - limits[x]);
        int16_t most = (int16_t)(highest + limits[x]);
        int16_t value = (int16_t)(row[x] + more);
        value = value < least ? least : value;
        value = value > most ? most : value;
        to[x] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

/* Sharpen `from` into `to`; 1 if memory ran out.

   `gain` is what is added of the distance from the average, in parts of 2048; `limit` the
   levels past the extremes. If there is alpha, colours are multiplied by it. */
int sharpen(const uint8_t *from, int width, int height, int alpha, int gain, int limit,
            uint8_t *to) {
    int values = 4 * width;
    size_t wide = (size_t)values + 8;
    uint8_t *memory = malloc(5 * wide);
    if (!memory)
        return 1;
    Columns of = {(int16_t *)memory, memory + 2 * wide, memory + 3 * wide};
    uint8_t *limits = memory + 4 * wide;
    memset(limits, limit, wide);
    for (int y = 0; y < height; y++, from += values, to += values) {
        const uint8_t *above = y ? from - values : from;
        const uint8_t *below = y + 1 < height ? from + values : from;
        look_down(above, from, below, of.sum + 4, of.low + 4, of.high + 4, values);
        extend(&of, values);
        if (alpha)
            limit_by_alpha(of.low, (uint8_t)limit, limits, values);
        look_across(from, of.sum, of.low, of.high, limits, (int16_t)gain, to, values);
    }
    free(memory);
    return 0;
}
