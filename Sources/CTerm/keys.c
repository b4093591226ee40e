// Characters and key codes as the keys a person knows.

#include <poll.h>
#include <unistd.h>

#include "internal.h"

typedef struct {
  const char *sequence;
  int code;
} key_sequence;

// What terminals send whatever their terminfo entry says; without these, TERM=vt100 has no Home.
static const key_sequence common_sequences[] = {
    {"\033[A", KEY_UP},       {"\033OA", KEY_UP},       {"\033[B", KEY_DOWN},
    {"\033OB", KEY_DOWN},     {"\033[C", KEY_RIGHT},    {"\033OC", KEY_RIGHT},
    {"\033[D", KEY_LEFT},     {"\033OD", KEY_LEFT},     {"\033[H", KEY_HOME},
    {"\033OH", KEY_HOME},     {"\033[1~", KEY_HOME},    {"\033[F", KEY_END},
    {"\033OF", KEY_END},      {"\033[4~", KEY_END},     {"\033[5~", KEY_PPAGE},
    {"\033[6~", KEY_NPAGE},   {"\033[3~", KEY_DC},      {"\033[Z", KEY_BTAB},
    {"\033OP", KEY_F(1)},     {"\033OQ", KEY_F(2)},     {"\033OR", KEY_F(3)},
    {"\033OS", KEY_F(4)},     {"\033[15~", KEY_F(5)},   {"\033[17~", KEY_F(6)},
    {"\033[18~", KEY_F(7)},   {"\033[19~", KEY_F(8)},   {"\033[20~", KEY_F(9)},
    {"\033[21~", KEY_F(10)},  {"\033[23~", KEY_F(11)},  {"\033[24~", KEY_F(12)},
};
enum { common_count = sizeof common_sequences / sizeof *common_sequences };

typedef struct {
  int code;
  ct_key key;
} key_meaning;

static const key_meaning meanings[] = {
    {KEY_ENTER, CT_KEY_ENTER},       {KEY_BTAB, CT_KEY_BACK_TAB},
    {KEY_BACKSPACE, CT_KEY_BACKSPACE}, {KEY_DC, CT_KEY_DELETE},
    {KEY_UP, CT_KEY_UP},             {KEY_SR, CT_KEY_UP},
    {KEY_DOWN, CT_KEY_DOWN},         {KEY_SF, CT_KEY_DOWN},
    {KEY_LEFT, CT_KEY_LEFT},         {KEY_SLEFT, CT_KEY_LEFT},
    {KEY_RIGHT, CT_KEY_RIGHT},       {KEY_SRIGHT, CT_KEY_RIGHT},
    {KEY_HOME, CT_KEY_HOME},         {KEY_FIND, CT_KEY_HOME},
    {KEY_END, CT_KEY_END},           {KEY_SELECT, CT_KEY_END},
    {KEY_PPAGE, CT_KEY_PAGE_UP},     {KEY_NPAGE, CT_KEY_PAGE_DOWN},
};
enum { meaning_count = sizeof meanings / sizeof *meanings };

void keys_define(void) {
  define_key("\033[<", CODE_MOUSE);
  define_key("\033[200~", CODE_PASTE_BEGIN);
  define_key("\033[201~", CODE_PASTE_END);
  for (int index = 0; index < common_count; index++) {
    const key_sequence *known = &common_sequences[index];
    if (key_defined(known->sequence) == 0) {
      define_key(known->sequence, known->code);
    }
  }
}

int next_code(wint_t *code, int milliseconds) {
  int result = get_wch(code);
  if (result == ERR && milliseconds > 0) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, milliseconds) > 0) {
      result = get_wch(code);
    }
  }
  return result;
}

// Swallows the rest of an escape sequence nobody defined (such as control with an arrow), which
// would otherwise act as a series of typed letters. True when there was one.
static bool skip_sequence(void) {
  wint_t code = 0;
  if (next_code(&code, 0) != OK) {
    return false;
  }
  if (code == 'O') {
    next_code(&code, 0);
    return true;
  }
  if (code != '[') {
    unget_wch((wchar_t)code);
    return false;
  }
  while (next_code(&code, 0) == OK) {
    bool final = code >= 0x40 && code <= 0x7e && code != '[';
    if (final) {
      break;
    }
  }
  return true;
}

static ct_event key_event(ct_key key) {
  ct_event event = {.kind = CT_KEY, .code = key};
  return event;
}

ct_event character_event(wint_t character) {
  ct_event nothing = {.kind = CT_NOTHING};
  switch (character) {
  case '\r':
  case '\n':
    return key_event(CT_KEY_ENTER);
  case '\t':
    return key_event(CT_KEY_TAB);
  case '\b':
  case 0x7f:
    return key_event(CT_KEY_BACKSPACE);
  case '\033':
    return skip_sequence() ? nothing : key_event(CT_KEY_ESCAPE);
  default:
    break;
  }
  ct_event event = {.kind = CT_CHARACTER, .code = character};
  if (character < 0x20) {
    event.kind = CT_CONTROL;
    event.code = character == 0 ? ' ' : character <= 26 ? character + 'a' - 1 : character + '@';
  } else if (character < 0xa0 && character > 0x7f) {
    return nothing;
  }
  return event;
}

ct_event code_event(wint_t code) {
  ct_event event = {.kind = CT_NOTHING};
  if (code == CODE_MOUSE) {
    return mouse_event();
  }
  if (code == CODE_PASTE_BEGIN) {
    return paste_event();
  }
  if (code > KEY_F0 && code <= KEY_F(63)) {
    event = key_event(CT_KEY_FUNCTION);
    event.number = (int)code - KEY_F0;
    return event;
  }
  for (int index = 0; index < meaning_count; index++) {
    if (meanings[index].code == (int)code) {
      return key_event(meanings[index].key);
    }
  }
  return event;
}
