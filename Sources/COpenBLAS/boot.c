#include "COpenBLAS.h"

#include <CVectors.h>
#include <stdlib.h>

/* OpenBLAS's own constructor; does nothing when it is called a second time. */
void gotoblas_init(void);

extern char **environ;

/* OpenBLAS reads its settings from the environment when it starts, which is before `main`. This
   constructor runs before OpenBLAS's own (101 is the earliest free priority), sets what Lathe needs,
   starts the library, and puts the environment back: Swift finds the program's arguments by walking
   the stack back from the original `environ`, and child processes should not inherit our choices.

   Threads: Lathe splits work over its own threads and calls OpenBLAS from all of them, so each call
   must stay on its thread. Debian's serial build would fit, but it is built without locks: two
   threads that enter it at once share one packing buffer and now and then get wrong products. The
   threaded build locks; told to use one thread, it starts none.

   Kernels: OpenBLAS picks them from a table of CPU models that ends with those known when it was
   released; on later ones Debian's 0.3.21 silently falls back to SSE3 kernels, five times slower. So
   they are named by what the CPU can do, which was tried. A value that the user has set wins. */
__attribute__((constructor(101))) static void start_openblas(void) {
  char **environment = environ;
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
#if defined(__x86_64__)
  switch (lathe_vectors()) {
    case LATHE_VECTORS_AVX512: setenv("OPENBLAS_CORETYPE", "SkylakeX", 0); break;
    case LATHE_VECTORS_AVX2: setenv("OPENBLAS_CORETYPE", "Haswell", 0); break;
    case LATHE_VECTORS_BASELINE: break;
  }
#endif
  gotoblas_init();
  environ = environment;
}
