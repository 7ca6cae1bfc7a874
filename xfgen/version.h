/* version.h -- reading one of the versions that a command was given. */
#ifndef XFGEN_VERSION_H
#define XFGEN_VERSION_H

#include "messages.h"
#include "model.h"

/* The model of a version, as model_load() reads it; what is wrong with it is reported, and the
 * messages come to know its sources.  NULL when it cannot be read. */
struct program *version_load(const char *path, struct messages *messages);

#endif
