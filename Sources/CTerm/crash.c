// Leaves a usable terminal and a readable message behind when the program dies.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "internal.h"

static const int fatal_signals[] = {
    SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS,
};
enum { fatal_count = sizeof fatal_signals / sizeof *fatal_signals };

static struct sigaction previous_actions[NSIG];
static char signal_stack[64 * 1024];
static struct termios found_settings;
static bool have_settings;
static char restore_bytes[512];
static size_t restore_count;
static atomic_bool armed;

static int real_errors = -1;
static int collected_errors = -1;

void write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return;
    }
    bytes += written;
    count -= (size_t)written;
  }
}

// Standard error goes to memory while the screen is ours: text written to the alternate screen
// would damage it first and vanish with it afterwards.
void errors_collect(void) {
  int memory = memfd_create("lathe-stderr", MFD_CLOEXEC);
  int real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (memory < 0 || real < 0) {
    close(memory);
    close(real);
    return;
  }
  // Child processes write to the same memory; appending keeps them from overwriting each other.
  fcntl(memory, F_SETFL, O_APPEND);
  dup2(memory, STDERR_FILENO);
  collected_errors = memory;
  real_errors = real;
}

// Only calls that are safe in a signal handler.
void errors_release(void) {
  if (real_errors < 0) {
    return;
  }
  dup2(real_errors, STDERR_FILENO);
  char block[4096];
  off_t offset = 0;
  for (;;) {
    ssize_t count = pread(collected_errors, block, sizeof block, offset);
    if (count <= 0) {
      break;
    }
    write_all(STDERR_FILENO, block, (size_t)count);
    offset += count;
  }
  close(real_errors);
  close(collected_errors);
  real_errors = -1;
  collected_errors = -1;
}

static void restore_terminal(void) {
  if (!atomic_exchange(&armed, false)) {
    return;
  }
  write_all(STDOUT_FILENO, restore_bytes, restore_count);
  if (have_settings) {
    tcsetattr(STDIN_FILENO, TCSANOW, &found_settings);
  }
  errors_release();
}

bool crash_is_armed(void) { return atomic_load(&armed); }

static void on_fatal(int number, siginfo_t *information, void *context) {
  (void)context;
  int saved = errno;
  restore_terminal();
  sigaction(number, &previous_actions[number], NULL);
  errno = saved;
  // A signal somebody sent is sent again. A fault just returns: the instruction faults once more
  // with the registers a backtrace needs.
  if (information->si_code <= 0) {
    raise(number);
  }
}

static const char *capability(const char *name) {
  const char *value = tigetstr(name);
  if (value == NULL || value == (const char *)-1) {
    return "";
  }
  return value;
}

// A signal handler cannot ask terminfo, so the bytes that undo everything are put together now.
static void prepare_bytes(void) {
  int count = snprintf(restore_bytes, sizeof restore_bytes,
                       "\033[?2026l\033[?1002l\033[?1006l\033[?2004l%s%s%s%s%s\r",
                       capability("op"), capability("sgr0"), capability("rmkx"),
                       capability("rmcup"), capability("cnorm"));
  restore_count = count < (int)sizeof restore_bytes ? (size_t)count : sizeof restore_bytes - 1;
}

// Must run before ncurses changes the settings.
void crash_remember_settings(void) {
  have_settings = tcgetattr(STDIN_FILENO, &found_settings) == 0;
}

void crash_prepare(void) {
  prepare_bytes();
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  sigaltstack(&stack, NULL);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = on_fatal;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  for (int index = 0; index < fatal_count; index++) {
    sigaction(fatal_signals[index], &action, &previous_actions[fatal_signals[index]]);
  }
  atomic_store(&armed, true);
}

void crash_disarm(void) {
  if (!atomic_exchange(&armed, false)) {
    return;
  }
  for (int index = 0; index < fatal_count; index++) {
    sigaction(fatal_signals[index], &previous_actions[fatal_signals[index]], NULL);
  }
}
