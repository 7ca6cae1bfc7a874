/* stubs.h -- rules whose code a skeleton left to be written, and nobody has written yet. */
#ifndef INSPECT_STUBS_H
#define INSPECT_STUBS_H

#include "match.h"

/* An error for each, into the plan's messages: an update by such a rule is sure to be refused. */
void report_stubs(struct plan *plan);

#endif
