/* debug_search.c -- where a version's debug information is, when it is not in the version itself.
 *
 * It may have been split off (objcopy --only-keep-debug, eu-strip -f, Debian's -dbgsym packages);
 * it is then found by the name that was left in its place, or by build ID.  dwz moves what several
 * programs have in common into another file again, which is found in the same ways.
 */
#include "dwarf_reader.h"

#include <elfutils/libdwelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char default_folders[] = "/usr/lib/debug";

/* ---- Places to look ------------------------------------------------------------------------ */

/* One search: candidates are tried until one is the right file. */
struct search {
    struct loader *loader;
    const char *build_id;  /* that it must carry */
    struct debug_file *found;
    const char *wrong;     /* a file that was there and was not it, for the message */
    const char *wrong_reason;
};

static const char *folders(void)
{
    const char *given = getenv("KITSUNE_DEBUG_PATH");

    return given && given[0] ? given : default_folders;
}

static const char *hexadecimal(struct arena *arena, const unsigned char *bits, size_t size)
{
    char *text = arena_allocate(arena, 2 * size + 1);
    size_t i;

    for (i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", bits[i]);
    return text;
}

/* "sup": DWARF 5's own way of naming and identifying dwz's file. */
static const char *identity_of_supplement(struct arena *arena, Elf *elf, const char **name)
{
    GElf_Shdr header;
    Elf_Scn *section = elf_find_section(elf, ".debug_sup", &header);
    Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
    struct cursor cursor;
    const unsigned char *zero;
    uint64_t length;

    if (!data || !data->d_buf || data->d_size < 5)
        return NULL;
    cursor = (struct cursor){.at = data->d_buf,
                             .end = (const unsigned char *)data->d_buf + data->d_size};
    take_bytes(&cursor, 3); /* version, whether this is the supplement */
    zero = memchr(cursor.at, 0, (size_t)(cursor.end - cursor.at));
    if (!zero)
        return NULL;
    *name = (const char *)cursor.at;
    cursor.at = zero + 1;
    length = take_unsigned(&cursor);
    if (length == 0 || length > (uint64_t)(cursor.end - cursor.at))
        return NULL;
    return hexadecimal(arena, cursor.at, (size_t)length);
}

static const char *identity_of(struct arena *arena, Elf *elf)
{
    const void *bits = NULL;
    ssize_t length = dwelf_elf_gnu_build_id(elf, &bits);
    const char *name;

    return length > 0 ? hexadecimal(arena, bits, (size_t)length)
                      : identity_of_supplement(arena, elf, &name);
}

static void try(struct search *search, const char *path)
{
    struct loader *loader = search->loader;
    struct debug_file *file;
    const char *reason, *identity;

    if (search->found || access(path, F_OK) != 0)
        return;
    file = debug_file_open(loader, path, false, &reason);
    if (file) {
        identity = identity_of(loader->scratch, file->elf);
        if (!identity || strcmp(identity, search->build_id) != 0)
            reason = "it is of another build";
        else if (!file->sections[DEBUG_INFO].start)
            reason = "it has no debug information either";
        else
            search->found = file;
    }
    if (reason && !search->wrong) {
        search->wrong = arena_copy_string(loader->scratch, path);
        search->wrong_reason = arena_copy_string(loader->scratch, reason);
    }
}

/* The folder of a path, without the slash; "." for none. */
static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash ? "." : slash == path ? "" : arena_format(arena, "%.*s", (int)(slash - path),
                                                            path);
}

/* In each of the debug folders: by build ID, and by name below the folder where `beside` is. */
static void try_folders(struct search *search, const char *name, const char *beside)
{
    struct arena *arena = search->loader->scratch;
    const char *build_id = search->build_id, *list = folders();
    char whole[PATH_MAX];

    for (; *list; list += strcspn(list, ":"), list += *list == ':') {
        int length = (int)strcspn(list, ":");

        if (length == 0)
            continue;
        if (strlen(build_id) > 2)
            try(search, arena_format(arena, "%.*s/.build-id/%.2s/%s.debug", length, list, build_id,
                                     build_id + 2));
        if (name && name[0] == '/')
            try(search, arena_format(arena, "%.*s%s", length, list, name));
        else if (name && realpath(beside, whole))
            try(search, arena_format(arena, "%.*s%s/%s", length, list, folder_of(arena, whole),
                                     name));
    }
}

static void try_all(struct search *search, const char *name, const char *beside)
{
    struct arena *arena = search->loader->scratch;

    if (name && name[0] == '/') {
        try(search, name);
    } else if (name && name[0]) {
        try(search, arena_format(arena, "%s/%s", folder_of(arena, beside), name));
        try(search, arena_format(arena, "%s/.debug/%s", folder_of(arena, beside), name));
    }
    try_folders(search, name, beside);
}

/* ---- What dwz moved out -------------------------------------------------------------------- */

/* The name in .gnu_debugaltlink, or DWARF 5's .debug_sup, and what identifies the file. */
static const char *alternate_of(struct loader *loader, const struct debug_file *file,
                                const char **identity)
{
    GElf_Shdr header;
    Elf_Scn *section = elf_find_section(file->elf, ".gnu_debugaltlink", &header);
    Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
    const char *name = NULL, *end;

    if (!data || !data->d_buf) {
        *identity = identity_of_supplement(loader->scratch, file->elf, &name);
        return *identity && name[0] ? name : NULL;
    }
    name = data->d_buf;
    end = memchr(name, 0, data->d_size);
    if (!end)
        load_failed(loader, "corrupt debug information: .gnu_debugaltlink names no file; build it "
                    "again");
    *identity = hexadecimal(loader->scratch, (const unsigned char *)end + 1,
                            data->d_size - (size_t)(end + 1 - name));
    return name;
}

static void find_alternate(struct loader *loader, struct debug_file *file)
{
    struct search search = {.loader = loader};
    const char *name = alternate_of(loader, file, &search.build_id);

    if (!name)
        return;
    try_all(&search, name, file->path);
    file->alternate = search.found;
    if (!search.found)
        load_failed(loader, "part of the debug information is in another file, %s (dwz -m), which "
                    "is not there or is not it%s%s%s%s; bring it, or set KITSUNE_DEBUG_PATH to the "
                    "folder that it is below", name, search.wrong ? ": " : "",
                    search.wrong ? search.wrong : "", search.wrong ? ": " : "",
                    search.wrong ? search.wrong_reason : "");
}

/* ---- The program's own --------------------------------------------------------------------- */

static const char *link_of(const struct loader *loader)
{
    GElf_Word checksum;

    return dwelf_elf_gnu_debuglink(loader->image.elf, &checksum);
}

static struct debug_file *search_elsewhere(struct loader *loader)
{
    struct search search = {.loader = loader, .build_id = loader->program->build_id};
    const char *link = link_of(loader);

    try_all(&search, link, loader->program->path);
    if (search.found)
        return search.found;
    if (search.wrong)
        load_failed(loader, "no debug information, and %s is not the file with it: %s; bring the "
                    "right one", search.wrong, search.wrong_reason);
    if (link)
        load_failed(loader, "no debug information: it was split off into another file, %s, which "
                    "is neither beside it nor below %s; bring it, or set KITSUNE_DEBUG_PATH to the "
                    "folder that it is below", link, folders());
    load_failed(loader, "no debug information; compile with kitcc, or add -g");
}

bool image_has_debug_information(const struct loader *loader)
{
    GElf_Shdr header;

    return elf_find_section(loader->image.elf, ".debug_info", &header) ||
           elf_find_section(loader->image.elf, ".zdebug_info", &header);
}

void debug_search(struct loader *loader)
{
    if (image_has_debug_information(loader)) {
        loader->debug = debug_file_of_image(loader);
        if (!loader->debug->sections[DEBUG_INFO].start)
            load_failed(loader, "unreadable debug information; build it again");
    } else {
        loader->debug = search_elsewhere(loader);
        image_add_symbols(loader, loader->debug->elf);
    }
    find_alternate(loader, loader->debug);
}
