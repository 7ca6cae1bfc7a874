/* output.h -- the finished transformer: into a file, or compiled to where the runtime looks. */
#ifndef XFGEN_OUTPUT_H
#define XFGEN_OUTPUT_H

#include "messages.h"

#include <limits.h>

struct output {
    struct messages *messages;
    const char *text;
    size_t length;
    /* NEW.so.d, and in it OLD-BUILD-ID.c, .so, and .so.part while it is being made. */
    char folder[PATH_MAX], source[PATH_MAX + 256], target[PATH_MAX + 256], part[PATH_MAX + 512];
};

void output_name_installed(struct output *output, const char *new_path, const char *build_id);
/* Both report what goes wrong; then false. */
bool output_write(const struct output *output, const char *path);
bool output_install(const struct output *output);

#endif
