/* checks.h -- what the fuzz targets of the type model have in common. */
#ifndef FUZZ_CHECKS_H
#define FUZZ_CHECKS_H

#include "model.h"

#include <stddef.h>
#include <stdint.h>

/* Entry points that libFuzzer looks for by name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most); /* libFuzzer's own mutator */

/* Ends the run, as a finding. */
void require(int condition, const char *what);

/* What was read holds together: it can be printed; written as a companion file, that can be read;
 * and what is read from that is the same.  With NULL, that there is a message. */
void check_program(struct program *program, const char *message);

#endif
