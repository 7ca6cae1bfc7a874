/* types_copy.c -- --typesfile-out=FILE: the types file that build rules of the published tool
 * expect.
 *
 * Those rules make one with each object, join them (kttjoin), and hand the result to xfgen, which
 * may be long after the objects are gone.  What xfgen wants to know stands in the object; so the
 * types file is a copy of it, joining is linking them to a larger object, and xfgen reads that.
 */
#include "types_copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the compiler has written, when that is one file with types in it; malloc. */
static char *result_path(const struct command *command)
{
    if (command->mode < MODE_OBJECT)
        return NULL;
    if (command->output)
        return copy_string(command->output);
    if (command->mode == MODE_LINK)
        return copy_string("a.out");
    if (command->input_count != 1)
        return NULL;
    const char *name = base_name(input_path(command, &command->inputs[0]));
    const char *dot = strrchr(name, '.');
    return format_string("%.*s.o", (int)(dot ? dot - name : (long)strlen(name)), name);
}

static bool write_bytes(const char *path, const struct text *bytes)
{
    /* Anew: the old one may be a link to what another rule still wants. */
    unlink(path);
    FILE *file = fopen(path, "we");
    bool success = file && fwrite(bytes->bytes, 1, bytes->length, file) == bytes->length;
    if (file)
        success = !fclose(file) && success;
    return success;
}

bool types_copy(const struct command *command, const char *path)
{
    char *from = result_path(command);
    if (!from) {
        fprintf(stderr, "kitcc: warning: no object is made, so there is nothing to put into %s\n",
                path);
        return true;
    }
    struct text bytes = {0};
    bool success = text_read_file(&bytes, from);
    if (!success)
        fprintf(stderr, "kitcc: cannot read %s for %s: %s\n", from, path, strerror(errno));
    else if (!(success = write_bytes(path, &bytes)))
        fprintf(stderr, "kitcc: cannot write %s: %s\n", path, strerror(errno));
    text_free(&bytes);
    free(from);
    return success;
}
