#ifndef COPENBLAS_H
#define COPENBLAS_H

#include <openblas-pthread/cblas.h>

/* LAPACK's Cholesky routines, as Fortran names them: factor, then invert from the factor, or invert
   the factor itself, or solve with it. They work in place on the triangle that `uplo` ("L" or "U", in
   column-major terms) names. */
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void strtri_(const char *uplo, const char *diag, const int *n, float *a, const int *lda, int *info);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *columns, const double *a, const int *lda,
             double *b, const int *ldb, int *info);

/* Cores this process may run on; here because Swift's Glibc hides `sched_getaffinity`. */
int lathe_available_cores(void);

#endif
