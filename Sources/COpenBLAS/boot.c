#include "COpenBLAS.h"

#include <stdlib.h>

/* Lathe splits work over its own threads and calls OpenBLAS from all of them, so each call must stay
   on its thread. Debian's serial build would fit, but it is built without locks: two threads that
   enter it at once share one packing buffer and now and then get wrong products. The threaded build
   locks; told to use one thread, it starts none. */
__attribute__((constructor(101))) static void keep_openblas_on_the_calling_thread(void) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

/* OpenBLAS picks its kernels in its own constructor, from a table of CPU models that ends with those
   known when it was released; on later ones Debian's 0.3.21 silently falls back to SSE3 kernels, five
   times slower. This constructor runs before it (101 is the earliest free priority) and names the
   kernels by what the CPU can do. A value that the user has set wins. */
#if defined(__x86_64__)
__attribute__((constructor(101))) static void choose_openblas_kernels(void) {
  /* Needed here: the compiler's own initialiser may run later than this one. */
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    setenv("OPENBLAS_CORETYPE", "Haswell", 0);
  }
}
#endif
