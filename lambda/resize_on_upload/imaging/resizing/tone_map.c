/* Turn 8-bit pixels of HDR video signals into those of sRGB: four bytes each, the fourth
   stays.

   Compiled into _resample.so; tone_map.py makes the tables, and does the same in Python.
   Integers only: every processor gives the same bytes. */

#include <stddef.h>
#include <stdint.h>

/* Light has 20 fractional bits, factors have 15, and what is encoded has 16. */
void tone_map(uint8_t *pixel, size_t count, const int32_t light[256],
              const int32_t *system, const int32_t weight[3], const int32_t *curve,
              const int32_t matrix[9], const uint8_t *encoded) {
    for (uint8_t *end = pixel + 4 * count; pixel < end; pixel += 4) {
        int64_t value[3], most = 0;
        for (int c = 0; c < 3; c++)
            value[c] = light[pixel[c]];
        if (system) {
            int64_t sum = 0;
            for (int c = 0; c < 3; c++)
                sum += weight[c] * value[c];
            int64_t factor = system[sum >> 19];
            for (int c = 0; c < 3; c++)
                value[c] = value[c] * factor >> 15;
        }
        for (int c = 0; c < 3; c++)
            most = value[c] > most ? value[c] : most;
        int64_t gain = curve[most >> 8];
        for (int c = 0; c < 3; c++) {
            const int32_t *row = matrix + 3 * c;
            int64_t sum = row[0] * value[0] + row[1] * value[1] + row[2] * value[2];
            sum = (sum >> 15) * gain >> 19;
            pixel[c] = encoded[sum < 0 ? 0 : sum > 65535 ? 65535 : sum];
        }
    }
}
