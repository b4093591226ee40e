// Pasted text, which the terminal brackets (mode 2004) so that it is not taken for keys.

#include <stdlib.h>

#include "internal.h"

// A paste beyond this is cut: nothing here takes a megabyte of text from the clipboard.
enum { paste_limit = 1 << 20 };
static char *paste;
static size_t paste_length;
static size_t paste_capacity;

static void paste_byte(unsigned value) {
  if (paste_length + 1 >= paste_capacity) {
    size_t capacity = paste_capacity == 0 ? 4096 : paste_capacity * 2;
    char *larger = realloc(paste, capacity);
    if (larger == NULL) {
      return;
    }
    paste = larger;
    paste_capacity = capacity;
  }
  paste[paste_length] = (char)value;
  paste_length += 1;
}

static void paste_character(wint_t character) {
  if (character == '\r') {
    character = '\n';
  }
  bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);
  if ((control && character != '\n' && character != '\t') || paste_length + 4 > paste_limit) {
    return;
  }
  if (character < 0x80) {
    paste_byte(character);
  } else if (character < 0x800) {
    paste_byte(0xc0 | character >> 6);
    paste_byte(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    paste_byte(0xe0 | character >> 12);
    paste_byte(0x80 | (character >> 6 & 0x3f));
    paste_byte(0x80 | (character & 0x3f));
  } else {
    paste_byte(0xf0 | character >> 18);
    paste_byte(0x80 | (character >> 12 & 0x3f));
    paste_byte(0x80 | (character >> 6 & 0x3f));
    paste_byte(0x80 | (character & 0x3f));
  }
}

// Takes everything up to the end mark; keys inside, such as an escape sequence, are left out.
ct_event paste_event(void) {
  enum { patience = 500 };
  paste_length = 0;
  for (;;) {
    wint_t code = 0;
    int result = next_code(&code, patience);
    if (result == ERR || (result == KEY_CODE_YES && code == CODE_PASTE_END)) {
      break;
    }
    if (result == OK) {
      paste_character(code);
    }
  }
  paste_byte(0);
  ct_event event = {.kind = CT_PASTE};
  return event;
}

const char *ct_paste(void) { return paste_length == 0 ? "" : paste; }
