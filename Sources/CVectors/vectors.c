#include "CVectors.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf before_trial;

static void leave_trial(int signal) { siglongjmp(before_trial, signal); }

/* One instruction of each extension that is used. */
static void try_avx512(void) {
  __asm__ volatile(
      "vaddps %%zmm0, %%zmm0, %%zmm1\n\t" /* F */
      "vpaddb %%zmm0, %%zmm0, %%zmm1\n\t" /* BW */
      "vandps %%zmm0, %%zmm0, %%zmm1\n\t" /* DQ */
      "vaddps %%ymm16, %%ymm16, %%ymm17\n\t" /* VL */
      "vzeroupper" ::: "xmm0", "xmm1", "xmm16", "xmm17");
}

static void try_avx2(void) {
  __asm__ volatile(
      "vpaddd %%ymm0, %%ymm0, %%ymm1\n\t"
      "vfmadd231ps %%ymm0, %%ymm0, %%ymm1\n\t"
      "vzeroupper" ::: "xmm0", "xmm1");
}

/* Whether instructions are carried out: some virtual machines list extensions that they trap on. */
static int works(void (*trial)(void)) {
  struct sigaction action = {.sa_handler = leave_trial}, earlier;
  if (sigaction(SIGILL, &action, &earlier) != 0) return 0;
  int trapped = sigsetjmp(before_trial, 1);
  if (!trapped) trial();
  sigaction(SIGILL, &earlier, NULL);
  return !trapped;
}

static enum lathe_vectors found(void) {
  /* Needed here: the compiler's own initialiser may run later than the constructor below. */
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      works(try_avx512)) {
    return LATHE_VECTORS_AVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && works(try_avx2)) {
    return LATHE_VECTORS_AVX2;
  }
  return LATHE_VECTORS_BASELINE;
}
#else
static enum lathe_vectors found(void) { return LATHE_VECTORS_BASELINE; }
#endif

static enum lathe_vectors vectors = LATHE_VECTORS_BASELINE;
static int is_known = 0;

/* Before other threads exist, so that nothing here needs a lock: 101 is the earliest free priority,
   and whichever of the constructors with it comes first finds out. */
__attribute__((constructor(101))) static void find_out(void) { (void)lathe_vectors(); }

/* The most that LATHE_VECTORS allows: `baseline` or `avx2` do with less than the CPU has, so that
   the numbers of another machine can be had on this one, and tests reach every level. */
static enum lathe_vectors allowed(void) {
  const char *name = getenv("LATHE_VECTORS");
  if (name && strcmp(name, "baseline") == 0) return LATHE_VECTORS_BASELINE;
  if (name && strcmp(name, "avx2") == 0) return LATHE_VECTORS_AVX2;
  return LATHE_VECTORS_AVX512;
}

enum lathe_vectors lathe_vectors(void) {
  if (!is_known) {
    vectors = found();
    if (allowed() < vectors) vectors = allowed();
    is_known = 1;
  }
  return vectors;
}
