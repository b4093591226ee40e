/* Causal attention of one head, compiled once for each set of instructions, as kernels.h is.

   Lanes are queries: scores stand as [keys, queries] and the softmax never adds up within a vector,
   keys and values are read where they lie, and a width needs no multiple of anything. A tile of
   queries meets its keys KEYS at a time; when a larger score turns up, what has been added up is
   scaled down (Milakov and Gimelshein 2018, Online normalizer calculation for softmax, algorithm 3). */

/* Hides the keys `block` ... `block + count` that a query does not see; query 0 of the tile is at
   `position`. */
INLINE void KERNEL(mask)(
    float *scores, size_t block, size_t count, size_t position, size_t window) {
  const words indices = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  unsigned reach = window < INT_MAX ? (unsigned)window : INT_MAX;
  for (size_t i = 0; i < count; i++) {
    size_t key = block + i;
    if (key <= position && position + TILE - key <= reach) continue;
    each_group(g) {
      /* A key behind the query is at a negative distance: a huge one without a sign. */
      words distance = indices + (unsigned)(position + g * LANES - key);
      words seen = (words)(distance < reach);
      float *score = scores + i * TILE + g * LANES;
      words hidden = (words)every(-INFINITY) & ~seen;
      store(score, (lanes)(((words)load(score) & seen) | hidden));
    }
  }
}

/* Replaces scores by their powers; the largest so far and the sum of powers go on. Returns what
   earlier sums are to be scaled with. */
INLINE struct KERNEL(tile) KERNEL(take_powers)(
    float *scores, size_t count, struct KERNEL(tile) *largest, struct KERNEL(tile) *sum) {
  struct KERNEL(tile) factor, all = *largest;
  for (size_t i = 0; i < count; i++) {
    each_group(g) all.of[g] =
        __builtin_elementwise_max(all.of[g], load(scores + i * TILE + g * LANES));
  }
  each_group(g) {
    factor.of[g] = KERNEL(exponential)(largest->of[g] - all.of[g]);
    largest->of[g] = all.of[g];
    all.of[g] = sum->of[g] * factor.of[g];
  }
  for (size_t i = 0; i < count; i++) {
    each_group(g) {
      float *score = scores + i * TILE + g * LANES;
      lanes power = KERNEL(exponential)(load(score) - largest->of[g]);
      store(score, power);
      all.of[g] += power;
    }
  }
  *sum = all;
  return factor;
}

/* The queries `start` ... `start + count`, at most TILE. */
static void KERNEL(attend_tile)(
    const struct lathe_attention *a, size_t start, size_t count, float *memory) {
  float *queries = memory, *scores = queries + a->width * TILE, *mixed = scores + KEYS * TILE;
  memset(queries, 0, a->width * TILE * sizeof(float));
  memset(mixed, 0, a->value_width * TILE * sizeof(float));
  KERNEL(transpose_all)
  (a->queries + start * a->query_stride, a->query_stride, queries, TILE, count, a->width);
  for (size_t i = 0; i < a->width * TILE; i += LANES) store(queries + i, load(queries + i) * a->scale);

  size_t position = a->first + start, end = position + count;
  struct KERNEL(tile) largest, sum, factor;
  /* Finite, so that a query that sees no key of the first ones does not take infinity from itself. */
  int sinks = a->sink > -1e30f;
  each_group(g) {
    largest.of[g] = every(sinks ? a->sink : -1e30f);
    sum.of[g] = every(sinks ? 1.0f : 0.0f);
  }
  size_t block = position < a->window ? 0 : position + 1 - a->window;
  for (; block < end; block += KEYS) {
    size_t keys = end - block < KEYS ? end - block : KEYS;
    KERNEL(add_products)
    (keys, a->keys + block * a->key_stride, a->key_stride, 1, queries, a->width, scores, TILE, NULL);
    KERNEL(mask)(scores, block, keys, position, a->window);
    factor = KERNEL(take_powers)(scores, keys, &largest, &sum);
    KERNEL(add_products)
    (a->value_width, a->values + block * a->value_stride, 1, a->value_stride, scores, keys, mixed, TILE,
     &factor);
  }
  for (size_t i = 0; i < a->value_width; i++) {
    each_group(g) {
      float *part = mixed + i * TILE + g * LANES;
      store(part, load(part) / sum.of[g]);
    }
  }
  KERNEL(transpose_all)
  (mixed, TILE, a->result + start * a->result_stride, a->result_stride, a->value_width, count);
}

static void KERNEL(attend)(const struct lathe_attention *a, float *memory) {
  for (size_t start = 0; start < a->count; start += TILE) {
    size_t count = a->count - start < TILE ? a->count - start : TILE;
    KERNEL(attend_tile)(a, start, count, memory);
  }
}
