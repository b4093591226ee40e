#include "CVectors.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* In C, because Swift compiles a module for one set of instructions: exponentials for what every CPU
   has take three times as long, a fifth of a forward pass. */

/* Elements of a vector, and elements that are summed in float32 before they are added up in float64. */
enum { LANES = 16, BLOCK = 8 * LANES };

/* Keys whose scores are held at once; with the most queries of a tile, they fill half the L1 cache. */
enum { KEYS = 128, MOST_QUERIES = 2 * LANES };

/* Elements of a row that a panel of packed weights has (with 32 columns, 32 KB), and panels whose sums
   are completed together, for so many rows. */
enum { DEPTH = 256, PANELS = 4, HEIGHT = 640 };

/* The compiler splits them into what the instructions have. */
typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef unsigned words __attribute__((vector_size(4 * LANES)));

struct kernels {
  float (*maximum)(const float *, size_t);
  float (*powers)(float *, size_t, float);
  double (*sum_of_powers)(const float *, size_t, float);
  struct lathe_comparison (*compare)(const float *, const float *, size_t, float, float);
  void (*gate)(float *, const float *, size_t);
  void (*gate_clamped)(float *, const float *, size_t, float, float);
  void (*attend)(const struct lathe_attention *, float *);
  void (*multiply)(const struct lathe_product *);
};

/* Vectors only pass between functions that are inlined, so how they would be passed does not matter. */
#pragma clang diagnostic ignored "-Wpsabi"

/* Macros, as a function belongs to one set of instructions. Addresses need no alignment. */
#define INLINE static inline __attribute__((always_inline))
#define every(value) ((lanes){0} + (value))
#define load(address)                               \
  ({                                                \
    lanes loaded;                                   \
    memcpy(&loaded, (address), sizeof loaded);      \
    loaded;                                         \
  })
#define store(address, value)                       \
  do {                                              \
    lanes stored = (value);                         \
    memcpy((address), &stored, sizeof stored);      \
  } while (0)
/* Vectors that may reach beyond `count` elements: the rest is filled up, or left out. */
#define load_part(x, i, count, filler)                                               \
  ({                                                                                 \
    lanes part;                                                                      \
    if ((i) + LANES <= (count)) {                                                    \
      memcpy(&part, (x) + (i), sizeof part);                                         \
    } else {                                                                         \
      part = every(filler);                                                          \
      for (size_t lane = 0; (i) + lane < (count); lane++) part[lane] = (x)[(i) + lane]; \
    }                                                                                \
    part;                                                                            \
  })
#define store_part(x, i, count, value)                                               \
  do {                                                                               \
    lanes part = (value);                                                            \
    if ((i) + LANES <= (count)) {                                                    \
      memcpy((x) + (i), &part, sizeof part);                                         \
    } else {                                                                         \
      for (size_t lane = 0; (i) + lane < (count); lane++) (x)[(i) + lane] = part[lane]; \
    }                                                                                \
  } while (0)

#define KERNEL(name) name##_baseline
#define GROUPS 1
#define ROWS 2
#include "kernels.h"
#undef KERNEL
#undef GROUPS
#undef ROWS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define GROUPS 1
#define ROWS 4
#include "kernels.h"
#undef KERNEL
#undef GROUPS
#undef ROWS
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define KERNEL(name) name##_avx512
#define GROUPS 2
#define ROWS 8
#include "kernels.h"
#undef KERNEL
#undef GROUPS
#undef ROWS
#pragma clang attribute pop
#endif

static const struct kernels *chosen(void) {
#if defined(__x86_64__)
  switch (lathe_vectors()) {
    case LATHE_VECTORS_AVX512: return &kernels_avx512;
    case LATHE_VECTORS_AVX2: return &kernels_avx2;
    case LATHE_VECTORS_BASELINE: break;
  }
#endif
  return &kernels_baseline;
}

float lathe_maximum(const float *x, size_t count) { return chosen()->maximum(x, count); }

float lathe_powers(float *x, size_t count, float largest) {
  return chosen()->powers(x, count, largest);
}

double lathe_sum_of_powers(const float *x, size_t count, float largest) {
  return chosen()->sum_of_powers(x, count, largest);
}

struct lathe_comparison lathe_compare(
    const float *x, const float *y, size_t count, float largest_x, float largest_y) {
  return chosen()->compare(x, y, count, largest_x, largest_y);
}

void lathe_gate(float *gate, const float *up, size_t count) { chosen()->gate(gate, up, count); }

void lathe_gate_clamped(float *gate, const float *up, size_t count, float slope, float limit) {
  chosen()->gate_clamped(gate, up, count, slope, limit);
}

size_t lathe_attention_memory(size_t width, size_t value_width) {
  return (width + value_width + KEYS) * MOST_QUERIES;
}

void lathe_attend(const struct lathe_attention *attention, float *memory) {
  chosen()->attend(attention, memory);
}

int lathe_multiplies(void) { return lathe_vectors() == LATHE_VECTORS_AVX512; }

void lathe_multiply(const struct lathe_product *product) { chosen()->multiply(product); }
