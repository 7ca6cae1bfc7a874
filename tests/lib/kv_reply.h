/* kv_reply.h -- between kv_model.c and kv_reply.c: building expected replies in canonical form. */
#ifndef KV_REPLY_H
#define KV_REPLY_H

#include "kv_model.h"

struct form {
    char *bytes;
    size_t length;
    size_t capacity;
};

void form_add(struct form *form, const char *bytes, size_t length);
/* Then any number of elements: */
void form_begin_array(struct form *form);
/* NULL bytes: null. */
void form_add_bulk(struct form *form, const char *bytes, size_t length);
void form_add_string(struct form *form, const char *string);
void form_add_status(struct form *form, const char *status);
/* Sorts an array's elements, or groups of them, as expectation_check sorts a reply's. */
void form_sort(struct form *form, size_t elements_per_part);

/* kv_model_sets.c: false when the key's set has no such member. */
bool key_remove_member(struct key *key, const char *member);

/* kv_model.c: the server has begun to count by now. */
void key_begin_short_life(struct key *key, long long received_at);

#endif
