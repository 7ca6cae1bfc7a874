/* emit_search.c -- the keys of what generated code has to look up when it runs, because its address
 * was not known when it was generated: see kitsune_xf_find_addresses().
 */
#include "emit.h"

#include <stdlib.h>

bool is_by_key(const struct emitter *emitter)
{
    return emitter->linked_in || emitter->old_by_key;
}

void note_search(struct emitter *emitter, const struct variable *old, const struct variable *new)
{
    if (!is_by_key(emitter))
        return;
    if (!emitter->searches)
        emitter->searches = open_memstream(&emitter->search_text, &emitter->search_length);
    if (!emitter->searches)
        abort();
    fputs("    {", emitter->searches);
    if (old)
        fprintf(emitter->searches, ".old_key = \"%s\"%s", old->key, new ? ", " : "");
    if (new)
        fprintf(emitter->searches, ".new_key = \"%s\"", new->key);
    fputs("},\n", emitter->searches);
}

void emit_searches(struct emitter *emitter)
{
    if (!is_by_key(emitter))
        return;
    fputs("static const struct kitsune_search kitsune_searches[] = {\n", emitter->out);
    if (emitter->searches) {
        fclose(emitter->searches);
        fputs(emitter->search_text, emitter->out);
        free(emitter->search_text);
        emitter->searches = NULL;
    }
    fputs("    {.old_key = NULL},\n};\n\n", emitter->out);
}

void emit_address_search(struct emitter *emitter)
{
    if (!is_by_key(emitter))
        return;
    fprintf(emitter->out,
            "    kitsune_xf_find_addresses(\n"
            "        kitsune_variables, kitsune_searches,\n"
            "        sizeof kitsune_variables / sizeof kitsune_variables[0] - 1, "
            "kitsune_functions,\n"
            "        sizeof kitsune_functions / sizeof kitsune_functions[0] - 1, %s%s%s);\n",
            emitter->old_by_key ? "KITSUNE_SEARCH_OLD" : "",
            emitter->old_by_key && emitter->linked_in ? " | " : "",
            emitter->linked_in ? "KITSUNE_SEARCH_NEW" : "");
}
