// Waits for input, signals and wake-ups.

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

static bool resize_waiting;

static void take_size(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
    resizeterm(size.ws_row, size.ws_col);
  }
}

void input_begin(void) {
  keys_define();
  take_size();   // LINES and COLUMNS in the environment may be out of date
  resize_waiting = false;
}

void input_resized(void) { resize_waiting = true; }

static ct_event resized(void) {
  take_size();
  ct_redraw();
  resize_waiting = false;
  ct_event event = {.kind = CT_RESIZE, .column = COLS, .row = LINES};
  return event;
}

// The next event among the bytes at hand; CT_NOTHING when there is none.
static ct_event read_event(void) {
  ct_event event = {.kind = CT_NOTHING};
  while (event.kind == CT_NOTHING) {
    wint_t code = 0;
    int result = get_wch(&code);
    if (result == ERR) {
      break;
    }
    event = result == OK ? character_event(code) : code_event(code);
  }
  return event;
}

static ct_event signal_event(void) {
  ct_event event = {.kind = CT_NOTHING};
  unsigned char number = 0;
  if (read(signals_descriptor(), &number, 1) != 1) {
    return event;
  }
  switch (number) {
  case SIGWINCH:
    return resized();
  case SIGTSTP:
    ct_suspend();
    return resized();
  case SIGCONT:   // after a SIGSTOP, which nobody can catch
    terminal_resume();
    return resized();
  case SIGHUP:
    event.kind = CT_HANGUP;
    return event;
  default:
    event.kind = CT_TERMINATE;
    return event;
  }
}

static bool take_wake(void) {
  uint64_t count = 0;
  return read(wake_descriptor(), &count, sizeof count) == sizeof count;
}

// Readable without a byte to read: the other side has gone.
static bool input_ended(void) {
  int waiting = 0;
  return ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0;
}

static ct_event poll_event(int milliseconds) {
  struct pollfd sources[] = {
      {.fd = signals_descriptor(), .events = POLLIN},
      {.fd = STDIN_FILENO, .events = POLLIN},
      {.fd = wake_descriptor(), .events = POLLIN},
  };
  ct_event event = {.kind = CT_NOTHING};
  if (poll(sources, 3, milliseconds) <= 0) {
    return event;
  }
  if (sources[0].revents & POLLIN) {
    return signal_event();
  }
  if (sources[1].revents != 0) {
    if (!(sources[1].revents & POLLIN) || input_ended()) {
      event.kind = CT_CLOSED;
      return event;
    }
    event = read_event();
    if (event.kind != CT_NOTHING) {
      return event;
    }
  }
  if ((sources[2].revents & POLLIN) && take_wake()) {
    event.kind = CT_WAKE;
  }
  return event;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

ct_event ct_wait(int milliseconds) {
  if (resize_waiting) {
    return resized();
  }
  int64_t end = now() + milliseconds;
  int left = milliseconds;
  for (;;) {
    ct_event event = read_event();   // ncurses may hold bytes that poll no longer sees
    if (event.kind == CT_NOTHING) {
      event = poll_event(left);
    }
    if (event.kind != CT_NOTHING) {
      return event;
    }
    if (milliseconds >= 0) {
      int64_t rest = end - now();
      if (rest <= 0) {
        return event;
      }
      left = (int)rest;
    }
  }
}
