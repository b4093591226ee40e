// What the files of this target share; nothing of it is seen by Swift.

#ifndef CTERM_INTERNAL_H
#define CTERM_INTERNAL_H

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>

#include "CTerm.h"

// terminal.c
void terminal_resume(void);

// signals.c
bool signals_open(void);
void signals_install(void);
void signals_restore(void);
int signals_descriptor(void);
int wake_descriptor(void);
void signals_stop_group(void);

// crash.c: what must still work when the program is dying.
void crash_remember_settings(void);
void crash_prepare(void);
void crash_disarm(void);
bool crash_is_armed(void);   // false once the program is dying: the terminal is no longer ours
void errors_collect(void);
void errors_release(void);
void write_all(int descriptor, const char *bytes, size_t count);

// draw.c
void draw_begin(void);
void draw_end(void);

// input.c
void input_begin(void);
void input_resized(void);

// keys.c
enum {
  CODE_MOUSE = KEY_MAX + 1,   // key codes for sequences ncurses does not know by itself
  CODE_PASTE_BEGIN,
  CODE_PASTE_END,
};
void keys_define(void);
// The next character or key code as get_wch gives it; waits up to the given time for one that
// belongs to a sequence.
int next_code(wint_t *code, int milliseconds);
ct_event character_event(wint_t character);
ct_event code_event(wint_t code);

// mouse.c, paste.c: read on after the sequence that begins them.
ct_event mouse_event(void);
ct_event paste_event(void);

#endif
