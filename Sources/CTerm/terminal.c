// Takes the terminal over and gives it back.

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static SCREEN *screen;
static bool started;
static bool wants_mouse;

// No mousemask(): ncurses picks the mouse protocol from terminfo, often the wrong one, knows no
// dragging and merges clicks. 1002 reports presses and drags, 1006 makes them readable, 2004 marks
// pasted text.
static void modes_on(void) {
  const char *mouse = "\033[?1002h\033[?1006h";
  const char *paste = "\033[?2004h";
  if (wants_mouse) {
    ct_write(mouse, strlen(mouse));
  }
  ct_write(paste, strlen(paste));
}

static void modes_off(void) {
  const char *off = "\033[?2004l\033[?1006l\033[?1002l";
  ct_write(off, strlen(off));
}

void ct_write(const char *bytes, size_t count) {
  if (crash_is_armed()) {
    write_all(STDOUT_FILENO, bytes, count);
  }
}

static bool locale_is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

static const char *wanted_locale(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (int index = 0; index < 3; index++) {
    const char *value = getenv(names[index]);
    if (value != NULL && value[0] != '\0') {
      return value;
    }
  }
  return "";
}

// True when the environment names a UTF-8 locale, be it installed or not.
static bool wants_utf8(void) {
  const char *name = wanted_locale();
  return strcasestr(name, ".utf-8") != NULL || strcasestr(name, ".utf8") != NULL;
}

// Character types only: number formats of the locale would change how the whole program reads "0.5".
static void load_locale(bool utf8) {
  setlocale(LC_CTYPE, "");
  if ((utf8 || wants_utf8()) && !locale_is_utf8()) {
    setlocale(LC_CTYPE, "C.UTF-8");
  }
}

static void set_input_modes(void) {
  raw();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  intrflush(stdscr, FALSE);
  nodelay(stdscr, TRUE);
  leaveok(stdscr, TRUE);
  curs_set(0);
}

static bool can_move(void) {
  const char *address = tigetstr("cup");
  return address != NULL && address != (const char *)-1;
}

static void forget_screen(void) {
  endwin();
  delscreen(screen);
  screen = NULL;
}

static ct_status open_screen(const char *type) {
  set_escdelay(25);
  screen = newterm(type, stdout, stdin);   // not initscr, which exits the process on a bad TERM
  if (screen == NULL) {
    return CT_UNKNOWN_TERMINAL;
  }
  if (!can_move()) {
    forget_screen();
    return CT_CANNOT_MOVE;
  }
  return CT_STARTED;
}

static void stop_at_exit(void) {
  static bool registered;
  if (!registered) {
    atexit(ct_stop);
    registered = true;
  }
}

ct_status ct_start(const char *type, bool mouse, bool utf8) {
  if (started) {
    return CT_ALREADY_STARTED;
  }
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
    return CT_NOT_A_TERMINAL;
  }
  if (!signals_open()) {
    return CT_NO_DESCRIPTORS;
  }
  load_locale(utf8);
  crash_remember_settings();
  signals_install();
  ct_status status = open_screen(type);
  if (status != CT_STARTED) {
    signals_restore();
    return status;
  }
  started = true;
  wants_mouse = mouse;
  crash_prepare();
  stop_at_exit();
  errors_collect();
  set_input_modes();
  draw_begin();
  input_begin();
  modes_on();
  return CT_STARTED;
}

void ct_stop(void) {
  if (!started) {
    return;
  }
  started = false;
  modes_off();
  forget_screen();
  draw_end();
  crash_disarm();
  signals_restore();
  errors_release();
}

ct_traits ct_describe(void) {
  ct_traits traits = {
      .columns = COLS,
      .rows = LINES,
      .colors = has_colors() ? COLORS : 0,
      .utf8 = locale_is_utf8(),
  };
  return traits;
}

void terminal_resume(void) {
  reset_prog_mode();
  ct_redraw();
  refresh();   // leaves the state endwin made; the next frame fills the screen
  modes_on();
}

void ct_suspend(void) {
  if (!started) {
    return;
  }
  modes_off();
  endwin();
  signals_stop_group();
  terminal_resume();
  input_resized();
}
