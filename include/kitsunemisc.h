/* kitsunemisc.h -- kept so that programs that include it compile: everything is in kitsune.h. */
#ifndef KITSUNE_KITSUNEMISC_H
#define KITSUNE_KITSUNEMISC_H
#include <kitsune.h>
#endif
