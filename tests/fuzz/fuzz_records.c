/* fuzz_records.c -- any bytes at all as annotation records (docs/annotations-section.md).
 *
 * They stand in the .kitsune section of a small program, whose structs, variables and locals they
 * may be about: RECORDS_PROGRAM, made of sample.c.
 */
#include "checks.h"
#include "elf_sections.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program *program;
    char *message;

    sections_replace_records(data, size);
    program = model_load(RECORDS_PROGRAM, &message);
    require(program != NULL, "records are no reason to refuse a program");
    check_program(program, message);
    model_free(program);
    free(message);
    sections_forget();
    return 0;
}
