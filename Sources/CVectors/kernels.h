/* The kernels, compiled once for each set of instructions: whoever includes this defines KERNEL(name),
   the name that a kernel has there. No guard: it is included several times. */

/* exp of sixteen floats of at most 88, within 2 units in the last place; 0 below -87.

   x = n ln 2 + r with |r| <= ln 2 / 2; adding 1.5 2^23 rounds to an integer, which then stands in the
   low bits. ln 2 comes in two parts, the first with few bits, so that n times it is exact; exp(r) has
   the coefficients of the Cephes library's expf. */
INLINE lanes KERNEL(exponential)(lanes x) {
  const float magic = 12582912.0f;
  lanes shifted = x * 1.44269504f + magic;
  lanes n = shifted - magic;
  lanes r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  lanes polynomial = r * 1.98756915e-4f + 1.39819995e-3f;
  polynomial = polynomial * r + 8.33345190e-3f;
  polynomial = polynomial * r + 4.16657960e-2f;
  polynomial = polynomial * r + 1.66666655e-1f;
  polynomial = polynomial * r + 0.5f;
  lanes mantissa = polynomial * (r * r) + r + 1.0f;
  /* The low bits of `shifted`, moved to the exponent, are the exponent of 2^n less the bias. What too
     small an x makes of all this is garbage, and replaced by 0. */
  words power = ((words)shifted << 23) + 0x3F800000u;
  words kept = ~(words)(x < -87.0f);
  return (lanes)((words)(mantissa * (lanes)power) & kept);
}

INLINE float KERNEL(sum)(lanes x) {
  float sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += x[lane];
  return sum;
}

static float KERNEL(maximum)(const float *x, size_t count) {
  lanes first = every(-INFINITY), second = first;
  size_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    first = __builtin_elementwise_max(first, load(x + i));
    second = __builtin_elementwise_max(second, load(x + i + LANES));
  }
  for (; i < count; i += LANES)
    first = __builtin_elementwise_max(first, load_part(x, i, count, -INFINITY));
  first = __builtin_elementwise_max(first, second);
  float largest = -INFINITY;
  for (int lane = 0; lane < LANES; lane++) largest = fmaxf(largest, first[lane]);
  return largest;
}

static float KERNEL(powers)(float *x, size_t count, float largest) {
  lanes sums = every(0);
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    lanes power = KERNEL(exponential)(load(x + i) - largest);
    store(x + i, power);
    sums += power;
  }
  if (i < count) {
    lanes power = KERNEL(exponential)(load_part(x, i, count, -INFINITY) - largest);
    store_part(x, i, count, power);
    sums += power;
  }
  return KERNEL(sum)(sums);
}

static double KERNEL(sum_of_powers)(const float *x, size_t count, float largest) {
  double sum = 0;
  for (size_t start = 0; start < count; start += BLOCK) {
    size_t end = start + BLOCK < count ? start + BLOCK : count;
    lanes sums = every(0);
    for (size_t i = start; i < end; i += LANES)
      sums += KERNEL(exponential)(load_part(x, i, count, -INFINITY) - largest);
    sum += KERNEL(sum)(sums);
  }
  return sum;
}

static struct lathe_comparison KERNEL(compare)(
    const float *x, const float *y, size_t count, float largest_x, float largest_y) {
  struct lathe_comparison result = {0, 0, 0};
  for (size_t start = 0; start < count; start += BLOCK) {
    size_t end = start + BLOCK < count ? start + BLOCK : count;
    lanes sum_x = every(0), sum_y = sum_x, weighted = sum_x;
    for (size_t i = start; i < end; i += LANES) {
      /* A filler far below every logit has power 0 in both rows and no difference. */
      lanes a = load_part(x, i, count, -1e30f), b = load_part(y, i, count, -1e30f);
      lanes power = KERNEL(exponential)(a - largest_x);
      sum_x += power;
      sum_y += KERNEL(exponential)(b - largest_y);
      weighted += power * (a - b);
    }
    result.x += KERNEL(sum)(sum_x);
    result.y += KERNEL(sum)(sum_y);
    result.weighted += KERNEL(sum)(weighted);
  }
  return result;
}

static void KERNEL(gate)(float *gate, const float *up, size_t count) {
  for (size_t i = 0; i < count; i += LANES) {
    lanes x = load_part(gate, i, count, 0);
    /* Beyond -88 the result is 0 to within 1e-36. */
    lanes power = KERNEL(exponential)(__builtin_elementwise_min(-x, every(88)));
    store_part(gate, i, count, x / (power + 1.0f) * load_part(up, i, count, 0));
  }
}

static void KERNEL(gate_clamped)(
    float *gate, const float *up, size_t count, float slope, float limit) {
  for (size_t i = 0; i < count; i += LANES) {
    lanes x = __builtin_elementwise_min(load_part(gate, i, count, 0), every(limit));
    lanes y = __builtin_elementwise_min(load_part(up, i, count, 0), every(limit));
    y = __builtin_elementwise_max(y, every(-limit));
    lanes power = KERNEL(exponential)(__builtin_elementwise_min(-x * slope, every(88)));
    store_part(gate, i, count, (y + 1.0f) * (x / (power + 1.0f)));
  }
}

#include "products.h"

#include "attention.h"

static const struct kernels KERNEL(kernels) = {
    KERNEL(maximum), KERNEL(powers), KERNEL(sum_of_powers),
    KERNEL(compare), KERNEL(gate),   KERNEL(gate_clamped),
    KERNEL(attend),  KERNEL(multiply),
};

#undef TILE
#undef each
#undef each_group
