/* manual_keys.c -- variables marked E_MANUAL_MIGRATE. */
#include "program/manual_keys.h"

#include <stdlib.h>
#include <string.h>

#include "program/key.h"
#include "common/message.h"

static struct {
    const struct version *version; /* whose keys these are; NULL: not read yet */
    char **keys;
    size_t count;
} manual;

/* kind, subject, path, level, annotation, argument, place: tab-separated. */
static char *marked_variable(const char *record)
{
    static const char kind[] = "variable\t";
    if (strncmp(record, kind, sizeof kind - 1) != 0)
        return NULL;
    const char *subject = record + sizeof kind - 1, *end = strchr(subject, '\t'), *at = end;
    for (int field = 2; at && field < 4; field++)
        at = strchr(at + 1, '\t');
    static const char annotation[] = "MANUAL_MIGRATE\t";
    if (!at || strncmp(at + 1, annotation, sizeof annotation - 1) != 0)
        return NULL;
    return message_format("%.*s", (int)(end - subject), subject);
}

static void read_keys(const struct version *version)
{
    const struct elf_file *elf = &version->object->image->elf;
    const Elf64_Shdr *section = elf_find_section(elf, ".kitsune");
    manual.version = version;
    if (!section || section->sh_type == SHT_NOBITS)
        return;
    const char *at = (const char *)elf->bytes + section->sh_offset, *end = at + section->sh_size;
    for (const char *next; at < end && (next = memchr(at, '\0', (size_t)(end - at)));
         at = next + 1) {
        char *key = marked_variable(at);
        if (!key)
            continue;
        manual.keys = reallocate(manual.keys, (manual.count + 1) * sizeof *manual.keys);
        manual.keys[manual.count++] = key;
    }
}

static bool names_numbered_static(const char *marked, const char *key)
{
    const char *dot = strrchr(key, '.');
    size_t key_file, marked_file;
    const char *name = key_name(key, &key_file), *variable = key_variable(marked);
    key_name(marked, &marked_file);
    return dot && dot > name && strchr(marked, '#') &&
           strlen(variable) == (size_t)(dot - name) &&
           memcmp(variable, name, strlen(variable)) == 0 &&
           key_file_matches(key, key_file, marked, marked_file);
}

bool manual_keys_contain(struct version *version, const char *key)
{
    if (manual.version != version)
        read_keys(version);
    for (size_t i = 0; i < manual.count; i++)
        if (key_matches(manual.keys[i], key) || names_numbered_static(manual.keys[i], key))
            return true;
    return false;
}

void manual_keys_forget(void)
{
    for (size_t i = 0; i < manual.count; i++)
        free(manual.keys[i]);
    free(manual.keys);
    memset(&manual, 0, sizeof manual);
}
