/* checks.c -- what must hold of every type model, whatever it was read from.
 *
 * The reader of companion files refuses a model that breaks the promises of model.h; so that it
 * takes what was written is the proof that whoever made the model kept them.
 */
#include "checks.h"

#include "types_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void require(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static char *printed(const struct program *program)
{
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    model_print(program, stream);
    fclose(stream);
    return text;
}

void check_program(struct program *program, const char *message)
{
    struct program *again;
    unsigned char *bytes;
    char *text, *text_again, *message_again;
    size_t size;

    if (!program) {
        require(message && strchr(message, ':'), "a failure has a reason");
        require(strchr(message, '\n') == NULL, "a reason is one line");
        return;
    }
    require(message == NULL, "a success has no message");
    text = printed(program);
    bytes = types_file_write(program, &size);
    again = types_file_read(bytes, size, "again.ktt", program->path, &message_again);
    if (!again)
        fprintf(stderr, "%s\n", message_again);
    require(again != NULL, "what was written can be read");
    text_again = printed(again);
    require(strcmp(text, text_again) == 0, "what was written and read is the same");
    free(text_again);
    model_free(again);
    free(bytes);
    free(text);
}
