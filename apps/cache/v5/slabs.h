/* slabs.h -- memory for items.
 *
 *      page   | slot | slot | slot | ... |   of one size class, all slots of one size; a page is a
 *                                            block of malloc, and never given back
 *
 * Class n's slots are a quarter larger than class n-1's; an item goes into the smallest that holds
 * it.  What is freed is chained up in its class.  When no page may be made any more (-m), there is
 * no memory, and somebody has to throw out an item of the same class.
 *
 * What is about one class is called with that class's lock (locks.h).
 */
#ifndef CACHE_SLABS_H
#define CACHE_SLABS_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_CLASS_LIMIT 64

struct item;

void slabs_open(void);
/* Classes are 1 to this. */
unsigned slabs_class_count(void);
/* The class of items of so many bytes; 0: too large. */
unsigned slabs_class_of(size_t size);
/* NULL: the class has none, and may not have more. */
void *slabs_allocate(unsigned slab_class);
void slabs_free(void *slot, unsigned slab_class);

struct slab_report {
    size_t slot_size, slots_in_page, pages, slots_used, slots_free;
};
struct slab_report slabs_report(unsigned slab_class);
/* In pages, and how many there may be.  Without any lock. */
size_t slabs_bytes(void);
size_t slabs_limit(void);
void slabs_set_limit(size_t bytes);

/* For updates in which struct item changes (E_CUSTOM): room for an item that is rebuilt in this
 * release, beyond the limit if need be, and what becomes of its old slot: nothing, the old pages
 * are given back as a whole. */
void *slabs_allocate_moved(size_t size);
void slabs_release_moved(void *item);

#endif
