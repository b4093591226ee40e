#ifndef COPENBLAS_H
#define COPENBLAS_H
#include <openblas-serial/cblas.h>
#endif
