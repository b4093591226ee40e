/* Products of small blocks, compiled once for each set of instructions, as kernels.h is. */

/* Lanes of a block of columns. */
#define TILE (GROUPS * LANES)
#define each(i, count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)
#define each_group(g) each(g, GROUPS)

/* One vector for each group of sixteen columns. */
struct KERNEL(tile) {
  lanes of[GROUPS];
};

/* sums [rows, TILE] = factor sums + the sum over i of x[r row_step + i step] columns[i], for columns
   [count, TILE]; without a factor, what `sums` held does not matter. All in registers, so `rows` is a
   constant of at most ROWS. */
INLINE void KERNEL(add_block)(
    int rows, const float *x, size_t row_step, size_t step, const float *columns, size_t count,
    float *sums, size_t sum_step, const struct KERNEL(tile) *factor) {
  lanes sum[ROWS][GROUPS];
  each(r, rows) each_group(g) {
    sum[r][g] = factor ? load(sums + r * sum_step + g * LANES) * factor->of[g] : (lanes){0};
  }
  for (size_t i = 0; i < count; i++) {
    lanes column[GROUPS];
    each_group(g) column[g] = load(columns + i * TILE + g * LANES);
    each(r, rows) {
      float weight = x[r * row_step + i * step];
      each_group(g) sum[r][g] += column[g] * weight;
    }
  }
  each(r, rows) each_group(g) store(sums + r * sum_step + g * LANES, sum[r][g]);
}

/* The same for any number of rows. A row's sum does not depend on how many there are. */
INLINE void KERNEL(add_products)(
    size_t rows, const float *x, size_t row_step, size_t step, const float *columns, size_t count,
    float *sums, size_t sum_step, const struct KERNEL(tile) *factor) {
#define add_rows(some)                                                                   \
  KERNEL(add_block)                                                                      \
  (some, x + r * row_step, row_step, step, columns, count, sums + r * sum_step, sum_step, factor)
  size_t r = 0;
  for (; r + ROWS <= rows; r += ROWS) add_rows(ROWS);
  if (ROWS > 4 && r + 4 <= rows) {
    add_rows(4);
    r += 4;
  }
  if (r + 2 <= rows) {
    add_rows(2);
    r += 2;
  }
  for (; r < rows; r++) add_rows(1);
#undef add_rows
}

/* Writes sixteen rows as sixteen columns: each round interleaves rows that are eight apart. */
INLINE void KERNEL(transpose)(const float *x, size_t x_stride, float *y, size_t y_stride) {
  lanes now[LANES], next[LANES];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES; i++) now[i] = load(x + i * x_stride);
  _Pragma("clang loop unroll(full)") for (int round = 0; round < 4; round++) {
    _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES / 2; i++) {
      next[2 * i] = __builtin_shufflevector(
          now[i], now[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * i + 1] = __builtin_shufflevector(
          now[i], now[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES; i++) now[i] = next[i];
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES; i++) store(y + i * y_stride, now[i]);
}

/* y [columns, rows] of x [rows, columns]. */
static void KERNEL(transpose_all)(
    const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows, size_t columns) {
  size_t whole_rows = rows / LANES * LANES, whole_columns = columns / LANES * LANES;
  for (size_t row = 0; row < whole_rows; row += LANES) {
    for (size_t column = 0; column < whole_columns; column += LANES)
      KERNEL(transpose)(x + row * x_stride + column, x_stride, y + column * y_stride + row, y_stride);
  }
  for (size_t row = 0; row < rows; row++) {
    for (size_t column = row < whole_rows ? whole_columns : 0; column < columns; column++)
      y[column * y_stride + row] = x[row * x_stride + column];
  }
}

/* `columns` [count, TILE] of w [TILE, count] times `scale`; rows from `rows` on are 0. */
INLINE void KERNEL(pack)(
    const float *w, size_t w_stride, size_t rows, size_t count, float scale, float *columns) {
  if (rows < TILE) memset(columns, 0, count * TILE * sizeof(float));
  KERNEL(transpose_all)(w, w_stride, columns, TILE, rows, count);
  if (scale == 1) return;
  for (size_t i = 0; i < count * TILE; i += LANES) store(columns + i, load(columns + i) * scale);
}

/* Adds to sums [rows, width], or sets them, what `panel` makes of x; a panel that is not full has sums
   of its own first. */
INLINE void KERNEL(meet)(
    const struct lathe_product *p, const float *x, const float *panel, size_t count, float *sums,
    size_t width, int adds) {
  struct KERNEL(tile) one;
  each_group(g) one.of[g] = every(1);
  if (width == TILE && adds) {
    KERNEL(add_products)(p->rows, x, p->x_stride, 1, panel, count, sums, p->y_stride, &one);
  } else if (width == TILE) {
    KERNEL(add_products)(p->rows, x, p->x_stride, 1, panel, count, sums, p->y_stride, NULL);
  } else {
    for (size_t row = 0; row < p->rows; row += ROWS) {
      size_t rows = p->rows - row < ROWS ? p->rows - row : ROWS;
      float part[ROWS * TILE];
      KERNEL(add_products)
      (rows, x + row * p->x_stride, p->x_stride, 1, panel, count, part, TILE, NULL);
      for (size_t r = 0; r < rows; r++) {
        float *target = sums + (row + r) * p->y_stride;
        for (size_t i = 0; i < width; i++) target[i] = part[r * TILE + i] + (adds ? target[i] : 0);
      }
    }
  }
}

/* A panel of w is packed and stays in the first cache while all rows of x meet it; a few panels' sums
   stay in the second until they are complete. */
INLINE void KERNEL(multiply_some)(const struct lathe_product *p, float *panel) {
  for (size_t first = 0; first < p->columns; first += PANELS * TILE) {
    size_t last = p->columns - first < PANELS * TILE ? p->columns : first + PANELS * TILE;
    for (size_t depth = 0; depth < p->depth; depth += DEPTH) {
      size_t count = p->depth - depth < DEPTH ? p->depth - depth : DEPTH;
      for (size_t column = first; column < last; column += TILE) {
        size_t width = last - column < TILE ? last - column : TILE;
        KERNEL(pack)
        (p->w + column * p->w_stride + depth, p->w_stride, width, count, p->scale, panel);
        KERNEL(meet)
        (p, p->x + depth, panel, count, p->y + column, width, depth > 0 || p->accumulates);
      }
    }
  }
}

/* As lathe_multiply: as many rows at once as the second cache holds beside the sums. */
static void KERNEL(multiply)(const struct lathe_product *p) {
  _Alignas(64) float panel[DEPTH * TILE];
  for (size_t row = 0; row < p->rows; row += HEIGHT) {
    struct lathe_product some = *p;
    some.x += row * p->x_stride;
    some.y += row * p->y_stride;
    some.rows = p->rows - row < HEIGHT ? p->rows - row : HEIGHT;
    KERNEL(multiply_some)(&some, panel);
  }
}
