/* ktthreads.h -- kept so that programs that include it compile: everything is in kitsune.h. */
#ifndef KITSUNE_KTTHREADS_H
#define KITSUNE_KTTHREADS_H
#include <kitsune.h>
#endif
