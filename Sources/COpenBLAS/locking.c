#include <pthread.h>

/* Debian's one-thread OpenBLAS 0.3.21 is built without locks around its table of packing buffers, so
   two threads that multiply at the same time can get the same buffer and return wrong numbers
   (reproduced in plain C: some calls in ten thousand). The linker sends every call of these two
   functions here (`--wrap` in Package.swift), and the lock makes them safe; around 20 ns a product. */

void *__real_blas_memory_alloc(int position);
void __real_blas_memory_free(void *buffer);

static pthread_mutex_t buffers = PTHREAD_MUTEX_INITIALIZER;

void *__wrap_blas_memory_alloc(int position) {
  pthread_mutex_lock(&buffers);
  void *buffer = __real_blas_memory_alloc(position);
  pthread_mutex_unlock(&buffers);
  return buffer;
}

void __wrap_blas_memory_free(void *buffer) {
  pthread_mutex_lock(&buffers);
  __real_blas_memory_free(buffer);
  pthread_mutex_unlock(&buffers);
}
