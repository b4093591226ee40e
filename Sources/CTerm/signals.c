// Signals and wake-ups as bytes that poll can wait for.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

static const int watched_signals[] = {
    SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT,
};
enum { watched_count = sizeof watched_signals / sizeof *watched_signals };

static struct sigaction previous_actions[NSIG];
static int pipe_ends[2] = {-1, -1};
static int wake_event = -1;
static pthread_once_t wake_once = PTHREAD_ONCE_INIT;

static void open_wake_event(void) { wake_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// Opened by whoever comes first and never closed: other threads may wake at any time.
int wake_descriptor(void) {
  pthread_once(&wake_once, open_wake_event);
  return wake_event;
}

void ct_wake(void) {
  uint64_t one = 1;
  ssize_t written = write(wake_descriptor(), &one, sizeof one);
  (void)written;   // fails only when a wake-up is already waiting
}

int signals_descriptor(void) { return pipe_ends[0]; }

bool signals_open(void) {
  if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC) != 0) {
    return false;
  }
  return wake_descriptor() >= 0;
}

static void on_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  ssize_t written = write(pipe_ends[1], &byte, 1);
  (void)written;   // a full pipe already holds more signals than anybody needs
  errno = saved;
}

// Must run before newterm: ncurses only takes over signals that nobody handles.
void signals_install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (int index = 0; index < watched_count; index++) {
    sigaction(watched_signals[index], &action, &previous_actions[watched_signals[index]]);
  }
}

void signals_restore(void) {
  for (int index = 0; index < watched_count; index++) {
    sigaction(watched_signals[index], &previous_actions[watched_signals[index]], NULL);
  }
}

// Stops the whole group, else a script that started this program would hang; returns when continued.
void signals_stop_group(void) {
  struct sigaction standard;
  struct sigaction stop;
  struct sigaction resume;
  memset(&standard, 0, sizeof standard);
  sigemptyset(&standard.sa_mask);
  standard.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &standard, &stop);
  sigaction(SIGCONT, &standard, &resume);
  kill(0, SIGTSTP);
  sigaction(SIGTSTP, &stop, NULL);
  sigaction(SIGCONT, &resume, NULL);
}
