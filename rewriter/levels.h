/* levels.h -- which pointer or array of a declared type an annotation belongs to.
 *
 * clang gives us two views of one declaration and no link between them:
 *
 *      char * E_SZ * E_PTRARRAY(self.n) names [4] E_ARRAY(self.m);
 *
 *      the declaration's annotations, with their text, in clang's order:
 *              PTRARRAY(self.n)   SZ   ARRAY(self.m)
 *      the type, outermost derivation first, each with the number of tags it carries:
 *              array: 1 tag    pointer: 1 tag    pointer: 1 tag    char: none
 *
 * clang's order is: those among the specifiers; those of the pointers, the one nearest the
 * declared name first; those behind the whole declarator.  The specifiers' belong to the base
 * type, the ones behind the declarator to the outermost derivation, and an array has no place for
 * any in between.  So counting is enough to bring the two together.
 */
#ifndef REWRITER_LEVELS_H
#define REWRITER_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

enum { DEEPEST_TYPE = 64 };

/* A declared type, outermost derivation first; level `base` is what is left at the end. */
struct type_levels {
    int tags[DEEPEST_TYPE + 1];      /* annotations at each level */
    bool is_array[DEEPEST_TYPE + 1]; /* an array's level; else a pointer's */
    int base;                        /* number of derivations */
};

/* Fills levels[0..count-1] for the annotations of a declaration in clang's order.  is_behind[i]
 * says that annotation i stands behind the declared name (known from its place, not certain when
 * a macro makes the whole declaration).  False when the two views do not agree. */
bool levels_assign(const struct type_levels *type, const bool *is_behind, size_t count,
                   int *levels);

#endif
