/* emit.h -- writing the transformer's C, shared by the emit_*.c files.
 *
 * The output, in this order: types of both versions (emit_types.c), one function per pair and
 * variable (emit_code.c), the tables the runtime reads (emit_tables.c), and only then what the user
 * wrote: the prologue, and the blocks as functions (emit_rules.c).  So no macro of a header that
 * the prologue includes gets at generated code.  All names of the old version's types start with
 * old_, those of the new one's with new_ (or with kitsune_ before that, when a program has such
 * names itself), so both live side by side, next to any header the prologue includes.
 */
#ifndef XFGEN_EMIT_H
#define XFGEN_EMIT_H

#include "match.h"

/* A variable or function that blocks name, and the macro that stands for it there. */
struct symbol_macro {
    const struct program *program;
    const char *key, *name;
    const struct symbol_macro *next;
};

struct emitter {
    struct plan *plan;
    FILE *out;
    /* Per program (old, new), by type id: what has been written. */
    unsigned char *type_state[2];
    const struct symbol_macro *symbols;
    int loop_depth;
    bool long_names; /* kitsune_old_ and kitsune_new_ */
    bool linked_in;  /* into the new version: its addresses are known only when it runs */
    bool old_by_key; /* the old version's neither: it is known by its object files */
    bool looks_at_allocations; /* some conversion asks for the size of the old allocation, or for
                                  a length that another old object knows */
    FILE *searches; /* emit_search.c's, while variables are written */
    char *search_text;
    size_t search_length;
    bool failed;
};

/* 0 for the old program, 1 for the new one. */
int version_of(const struct emitter *emitter, const struct program *program);

/* Bits of emitter.type_state. */
enum { TYPE_SEEN = 1, TYPE_WRITTEN = 2, TYPE_IN_PROGRESS = 4 };

/* ---- emit_needed.c --------------------------------------------------------------------------- */

/* Sets TYPE_SEEN. */
void mark_needed_types(struct emitter *emitter);

/* ---- emit_declarations.c --------------------------------------------------------------------- */

/* "old", as the names of a version's types begin. */
const char *prefix_of(const struct emitter *emitter, const struct program *program);
/* The tag (or typedef name) of a type; several types of one name are told apart by id. */
const char *declared_name(struct emitter *emitter, const struct program *program,
                          const struct type *type);

/* A declaration of `inner` (a declarator, may be "") with this type, as generated code has it. */
const char *declare(struct emitter *emitter, const struct program *program, struct type *type,
                    const char *inner);
/* "struct old_entry *": the type of a pointer to such a thing. */
const char *pointer_to(struct emitter *emitter, struct view view, const char *name);
const char *enumerator_name(struct emitter *emitter, const struct program *program,
                            const struct enumerator *enumerator);
bool has_our_names(const struct plan *plan, const struct program *program);
bool is_structure(const struct type *type);

/* ---- emit_types.c ---------------------------------------------------------------------------- */

void emit_types(struct emitter *emitter);

/* ---- emit_symbols.c -------------------------------------------------------------------------- */

/* An lvalue for a variable or function of a version, or an enumerator's value; NULL with a reason
 * when there is none. */
const char *symbol_lvalue(struct emitter *emitter, const struct program *program, const char *key,
                          const char **reason);
/* The macro that blocks use for it; NULL when there is no such variable or function. */
const char *symbol_macro(const struct emitter *emitter, const struct program *program,
                         const char *key);
void emit_symbols(struct emitter *emitter);

/* ---- emit_rules.c ---------------------------------------------------------------------------- */

const char *spec_path_quoted(struct emitter *emitter);
void emit_prologue(struct emitter *emitter);
void declare_rule_functions(struct emitter *emitter);
void emit_rule_functions(struct emitter *emitter);
void emit_checks(struct emitter *emitter);

/* ---- emit_expressions.c ---------------------------------------------------------------------- */

bool is_name_byte(char byte);

/* ---- emit_code.c ----------------------------------------------------------------------------- */

void emit_conversions(struct emitter *emitter);

/* ---- emit_search.c --------------------------------------------------------------------------- */

/* Some addresses are looked up when the code runs. */
bool is_by_key(const struct emitter *emitter);
/* For each variable written, in order; NULL where that version has none. */
void note_search(struct emitter *emitter, const struct variable *old, const struct variable *new);
void emit_searches(struct emitter *emitter);
void emit_address_search(struct emitter *emitter);

/* ---- emit_maps.c ----------------------------------------------------------------------------- */

/* Writes members_of_..., and returns how many there are; nothing when there are none. */
size_t emit_member_map(struct emitter *emitter, const struct pair *pair);

/* ---- emit_tail.c ----------------------------------------------------------------------------- */

void emit_tail_function(struct emitter *emitter, const struct pair *pair);
/* Its part of the pair's description. */
void emit_tail(struct emitter *emitter, const struct pair *pair);

/* ---- emit_tables.c --------------------------------------------------------------------------- */

void emit_tables(struct emitter *emitter);
/* Behind the prologue. */
void emit_main_update(struct emitter *emitter);
void emit_starts(struct emitter *emitter);
void emit_note(struct emitter *emitter);
const char *variable_function(struct emitter *emitter, const struct variable_plan *entry);
const char *local_function(struct emitter *emitter, const struct local_plan *entry);

#endif
