// Mouse reports in the SGR encoding (mode 1006): ESC [ < button ; column ; row, then M or m.

#include "internal.h"

enum { mouse_parts = 3 };

// Reads "button;column;row" and the letter that ends it; false when it is not well formed, in which
// case it is swallowed all the same.
static bool read_mouse_report(int values[mouse_parts], bool *pressed) {
  enum { largest = 0xffff, patience = 50 };
  int part = 0;
  for (;;) {
    wint_t code = 0;
    if (next_code(&code, patience) != OK) {
      return false;
    }
    if (code >= '0' && code <= '9') {
      int digit = (int)(code - '0');
      if (part < mouse_parts && values[part] <= largest) {
        values[part] = values[part] * 10 + digit;
      }
    } else if (code == ';') {
      part += 1;
    } else {
      *pressed = code == 'M';
      return part + 1 == mouse_parts && (code == 'M' || code == 'm');
    }
  }
}

ct_event mouse_event(void) {
  // The report's first number: which button in the lowest two bits, then what it did.
  enum { button_bits = 3, motion_bit = 32, wheel_bit = 64, extra_bit = 128 };
  ct_event event = {.kind = CT_NOTHING};
  int values[mouse_parts] = {0};
  bool pressed = false;
  if (!read_mouse_report(values, &pressed) || values[1] < 1 || values[2] < 1) {
    return event;
  }
  int button = values[0] & button_bits;
  event.column = values[1] - 1;
  event.row = values[2] - 1;
  if (values[0] & extra_bit) {
    return event;
  }
  if (values[0] & wheel_bit) {
    if (button > 1) {   // sideways
      return event;
    }
    event.action = button == 0 ? CT_WHEEL_UP : CT_WHEEL_DOWN;
  } else {
    if (button == button_bits) {   // moved without a button
      return event;
    }
    event.button = (ct_mouse_button)button;
    event.action = values[0] & motion_bit ? CT_DRAG : pressed ? CT_PRESS : CT_RELEASE;
  }
  event.kind = CT_MOUSE;
  return event;
}
