// Frames of cells to ncurses, which sends what changed.

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "internal.h"

// The pair of each foreground and background, both shifted by one for the terminal's own colour;
// 0 where none was made yet. A COLOR_PAIR() would cut pair numbers to eight bits.
static int pairs[257][257];
static int pair_count;

// What the last frame held, to leave unchanged rows alone.
static ct_cell *shown;
static cchar_t *line;
static int shown_columns;
static int shown_rows;
static bool redraw_all;

static void forget_pairs(void) {
  memset(pairs, 0, sizeof pairs);
  pair_count = 0;
}

void draw_begin(void) {
  forget_pairs();
  redraw_all = true;
  if (has_colors()) {   // colour calls crash on terminals without colours
    start_color();
    use_default_colors();
  }
}

void draw_end(void) {
  free(shown);
  free(line);
  shown = NULL;
  line = NULL;
  shown_columns = 0;
  shown_rows = 0;
}

void ct_redraw(void) { redraw_all = true; }

int ct_width(uint32_t character) { return wcwidth((wchar_t)character); }

// The pair's number, or -1 when the terminal has no room for another.
static int pair_for(int foreground, int background) {
  if (!has_colors() || (foreground < 0 && background < 0)) {
    return 0;
  }
  int *pair = &pairs[foreground + 1][background + 1];
  if (*pair == 0) {
    if (init_extended_pair(pair_count + 1, foreground, background) != OK) {
      return -1;
    }
    pair_count += 1;
    *pair = pair_count;
  }
  return *pair;
}

static attr_t attributes_of(uint32_t bits) {
  attr_t attributes = 0;
  if (bits & CT_BOLD) {
    attributes |= A_BOLD;
  }
  if (bits & CT_DIM) {
    attributes |= A_DIM;
  }
  if (bits & CT_UNDERLINE) {
    attributes |= A_UNDERLINE;
  }
  if (bits & CT_REVERSE) {
    attributes |= A_REVERSE;
  }
  return attributes;
}

// False when a cell's pair found no room; such cells get the terminal's own colours.
static bool compose_row(const ct_cell *cells, int row) {
  bool complete = true;
  for (int column = 0; column < shown_columns; column++) {
    const ct_cell *cell = &cells[column];
    int pair = pair_for(cell->foreground, cell->background);
    if (pair < 0) {
      complete = false;
      pair = 0;
    }
    wchar_t text[2] = {(wchar_t)cell->character, 0};
    setcchar(&line[column], text, attributes_of(cell->attributes), 0, &pair);
  }
  mvadd_wchnstr(row, 0, line, shown_columns);
  return complete;
}

static bool reserve(int columns, int rows) {
  if (columns == shown_columns && rows == shown_rows) {
    return true;
  }
  size_t count = (size_t)columns * (size_t)rows;
  draw_end();
  shown = calloc(count, sizeof *shown);
  line = calloc((size_t)columns, sizeof *line);
  if (shown == NULL || line == NULL) {
    draw_end();
    return false;
  }
  shown_columns = columns;
  shown_rows = rows;
  redraw_all = true;
  erase();
  return true;
}

enum { CHANGED = 1, OUT_OF_PAIRS = 2 };

// Hands the rows that differ from the last frame to ncurses; returns bits of the enum above.
static int compose(const ct_cell *cells, bool every_row) {
  size_t row_bytes = (size_t)shown_columns * sizeof *cells;
  int result = 0;
  for (int row = 0; row < shown_rows; row++) {
    size_t offset = (size_t)row * (size_t)shown_columns;
    if (!every_row && memcmp(shown + offset, cells + offset, row_bytes) == 0) {
      continue;
    }
    memcpy(shown + offset, cells + offset, row_bytes);
    result |= CHANGED;
    if (!compose_row(cells + offset, row)) {
      result |= OUT_OF_PAIRS;
    }
  }
  return result;
}

// Synchronized output (mode 2026) keeps a terminal from showing half a frame. ncurses' own buffer
// is empty before doupdate and flushed by it, so nothing leaves the bracket.
static void send(void) {
  static const char begin[] = "\033[?2026h";
  static const char end[] = "\033[?2026l";
  ct_write(begin, sizeof begin - 1);
  wnoutrefresh(stdscr);
  doupdate();
  ct_write(end, sizeof end - 1);
}

void ct_draw(const ct_cell *cells, int columns, int rows) {
  if (columns < 1 || rows < 1 || !crash_is_armed() || !reserve(columns, rows)) {
    return;
  }
  int result = compose(cells, redraw_all);
  if (result & OUT_OF_PAIRS) {
    // Colours of earlier frames filled the table: start a new one with this frame's.
    reset_color_pairs();
    forget_pairs();
    compose(cells, true);
    redraw_all = true;
  }
  if (redraw_all) {
    clearok(curscr, TRUE);
    redraw_all = false;
  }
  if (result != 0) {
    send();
  }
}
