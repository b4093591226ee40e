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

#endif
