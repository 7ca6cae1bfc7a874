/* program.h -- what the generated programs of the property test use.
 *
 * A program is a version's types, functions that fill a random state and functions that describe
 * it; everything else is in a library that is loaded once and stays: the random numbers, what has
 * been found so far, the texts to be compared, and the plan of what is done next.  None of it is
 * migrated.
 */
#ifndef PROPERTY_PROGRAM_H
#define PROPERTY_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What kinds of things there are for pointers to lead to: records by their number, and ... */
enum { THING_NUMBER = 1000 /* + class */, THING_STRING = 5000 };

/* ---- Turns (program_turns.c) ----------------------------------------------------------------- */

struct property_version {
    int index;
    int next_index;
    const char *next; /* the path of the version to become */
    void (*build)(void);
    void (*describe)(void);         /* its own state */
    void (*describe_as_next)(void); /* its state as the next version has to see it */
    void (*clear)(void);            /* sets all variables to zero */
};

/* What a version does between two update points: looks at what it got, makes a new state if it is
 * time, and asks for the next update.  Ends the process when all is done, or wrong. */
void property_turn(const struct property_version *version, int argument_count, char **arguments);

/* For rules: whether this call of one has been chosen to fail, and whether the final check has. */
bool property_rule_fails(void);
bool property_check_holds(void);

/* ---- Building (program_graph.c) -------------------------------------------------------------- */

uint64_t property_random(void);
int property_below(int limit);
bool property_percent(int chance);
uint64_t property_integer(void); /* often one of those that are easily got wrong */
uint64_t property_bits(int width);
double property_floating(void);
void *property_some_bits(void);

/* False while members are filled that some version does not have: what only they reach would be
 * lost. */
extern bool property_owning;
/* False while something is filled that pointers from elsewhere must not lead into, because some
 * rule converts it as a whole. */
extern bool property_offering;
/* May one more block be made?  Counts it. */
bool property_may_own(void);
int property_length(void);
long property_serial(void);
void *property_allocate(size_t size);
/* Has an object filled when everything found before it has been, so that a long list does not
 * need a deep stack. */
void property_later(void *object, void (*fill)(void *object));
/* Something that a pointer may lead to, and a pointer that may lead to any such thing. */
void property_offer(int thing, void *address);
void property_link(void *slot, int thing);
char *property_heap_text(void);
void property_write_text(char *text, int size);
/* Makes a state: variables by `fill_root`, then all that is pending. */
void property_build(void (*fill_root)(void));

/* An allocator that is not malloc: its blocks begin behind a header. */
void *property_custom_allocate(size_t size);
void property_custom_free(void *object);

/* ---- Describing (program_text.c) ------------------------------------------------------------- */

void property_text(const char *text);
void property_label(int id);
void property_number(uint64_t value);
void property_real(long double value);
void property_string(const char *string);
void property_inner_text(const char *text);
void property_empty(void); /* the same of a text that is empty */
/* A pointer: the number of what it leads to, which will be described once. */
void property_pointer(const void *address, int thing, void (*describe)(void *object));
/* Something inside of what is being described: true when it is to be described here. */
bool property_meet(const void *address, int thing);
/* A number of its own for something that has no place. */
void property_fresh(void);
/* A block of memory that the description passed, to be freed in the end. */
void property_owned(void *address, void (*release)(void *block));

#endif
