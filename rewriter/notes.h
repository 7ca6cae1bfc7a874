/* notes.h -- the code that makes a function's locals known by name (E_NOTELOCALS).
 *
 * kitsune.h describes the structures: a frame for the function, and for each local a note that is
 * linked into the frame when the local is declared and unlinked when its scope ends, by the
 * cleanup attribute.  A note is a variable with a cleanup, so no jump may enter its scope behind
 * its declaration: the cleanup would run on what was never set.  Jumps decide where it goes:
 *
 *      { int a; ... }                        in place: right behind the declaration
 *      { if (x) goto out; int a; out: ... }  hoisted: declared empty at the start of the block,
 *                                            linked behind the declaration
 *      switch (x) { int a; case 1: ... }     impossible: the block is entered behind its start
 *
 * The inserted text has no newline, so that line numbers stay; everything in it is a declaration,
 * so that -Wdeclaration-after-statement stays quiet; all its names begin with kitsune_.
 */
#ifndef REWRITER_NOTES_H
#define REWRITER_NOTES_H

#include "text.h"

/* Byte offsets into the source. */
struct range {
    size_t start; /* of a block: its opening brace */
    size_t end;
};

/* One way control may go: from a goto or a switch to a label inside the same function. */
struct jump {
    size_t source;
    size_t target;
};

struct jump_list {
    struct jump *items;
    size_t count;
};

enum note_place { NOTE_IN_PLACE, NOTE_HOISTED, NOTE_IMPOSSIBLE };

/* Where the note of a local goes whose declaration ends at `position` inside the block. */
enum note_place note_decide(const struct jump_list *jumps, struct range block, size_t position);

/* To stand behind the opening brace of the function. */
void note_add_frame(struct text *code);
/* A note in place.  `number` makes the names unique in the file. */
void note_add_local(struct text *code, const char *name, unsigned number);
/* The two halves of a hoisted one. */
void note_add_empty(struct text *code, unsigned number);
void note_add_link(struct text *code, const char *name, unsigned number);

#endif
