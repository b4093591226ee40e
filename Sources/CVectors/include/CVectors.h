#ifndef CVECTORS_H
#define CVECTORS_H

#include <stddef.h>

/* What vector instructions of this CPU are used. */
enum lathe_vectors {
  LATHE_VECTORS_BASELINE = 0,
  LATHE_VECTORS_AVX2 = 1,   /* with FMA */
  LATHE_VECTORS_AVX512 = 2, /* F, BW, DQ and VL */
};

/* Found out once; callable before `main` and from any thread. An extension counts when the CPU lists
   it, the system saves its registers, and its instructions were carried out when tried. */
enum lathe_vectors lathe_vectors(void);

/* The largest element; -infinity of nothing, NaNs are passed over. */
float lathe_maximum(const float *x, size_t count);

/* Replaces x_i by exp(x_i - largest), for x_i of at most largest, and returns the sum. */
float lathe_powers(float *x, size_t count, float largest);

/* The sum of exp(x_i - largest), for x_i of at most largest; added up in float64 every 128 elements. */
double lathe_sum_of_powers(const float *x, size_t count, float largest);

/* Sums over exp(x_i - largest x), exp(y_i - largest y), and exp(x_i - largest x) (x_i - y_i). */
struct lathe_comparison {
  double x, y, weighted;
};
struct lathe_comparison lathe_compare(
    const float *x, const float *y, size_t count, float largest_x, float largest_y);

/* Replaces gate_i by silu(gate_i) up_i. */
void lathe_gate(float *gate, const float *up, size_t count);

/* Replaces gate_i by (up_i + 1) gate_i sigmoid(slope gate_i), with gate_i at most limit and up_i
   within -limit ... limit. */
void lathe_gate_clamped(float *gate, const float *up, size_t count, float slope, float limit);

/* Causal attention of one head: result = softmax(scale queries keys^T + mask) values. Key j is at
   position j, query i at position first + i, and there are first + count keys and values. Strides are
   floats from a row to the next. */
struct lathe_attention {
  const float *queries; /* [count, width] */
  const float *keys;    /* [first + count, width] */
  const float *values;  /* [first + count, value_width] */
  float *result;        /* [count, value_width] */
  size_t query_stride, key_stride, value_stride, result_stride;
  size_t count, first, width, value_width;
  size_t window; /* positions a query sees, its own included; at least 1 */
  float scale;
  float sink; /* a score without a value; -infinity for none */
};

/* Floats of memory that lathe_attend needs. */
size_t lathe_attention_memory(size_t width, size_t value_width);

void lathe_attend(const struct lathe_attention *attention, float *memory);

/* The product y = scale x w^T, added to what y holds where it accumulates. Strides are floats from a
   row to the next; y overlaps neither x nor w. */
struct lathe_product {
  const float *x; /* [rows, depth] */
  const float *w; /* [columns, depth] */
  float *y;       /* [rows, columns] */
  size_t rows, columns, depth;
  size_t x_stride, w_stride, y_stride;
  float scale;
  int accumulates;
};

/* Whether lathe_multiply is faster than OpenBLAS on this CPU, for some dozens of rows or more. */
int lathe_multiplies(void);

void lathe_multiply(const struct lathe_product *product);

#endif
