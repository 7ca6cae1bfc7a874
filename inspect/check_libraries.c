/* check_libraries.c -- see check_libraries.h.  Found where the dynamic loader would look, except
 * that its cache is not read: the usual folders stand for it. */
#include "check_libraries.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usual_folders[] =
    "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib/aarch64-linux-gnu:"
    "/usr/lib/aarch64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib:/usr/local/lib";

/* The folder of a search path's element, $ORIGIN being the folder of who asks. */
static char *expand(struct arena *arena, const struct binary *binary, const char *element,
                    size_t length)
{
    static const char *const words[] = {"$ORIGIN", "${ORIGIN}"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t word = strlen(words[i]);

        if (length >= word && strncmp(element, words[i], word) == 0)
            return arena_format(arena, "%s%.*s", dirname(arena_copy_string(arena, binary->path)),
                                (int)(length - word), element + word);
    }
    return arena_format(arena, "%.*s", (int)length, element);
}

/* The path of the library in one of the folders, or NULL. */
static const char *find_in(struct arena *arena, const struct binary *binary, const char *folders,
                           const char *name)
{
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        char *folder = expand(arena, binary, folders, length);
        char *path = arena_format(arena, "%s/%s", folder, name);

        if (length && access(path, R_OK) == 0)
            return path;
        folders += length + (folders[length] == ':');
    }
    return NULL;
}

static const char *find_file(struct arena *arena, const struct binary *binary, const char *name)
{
    const char *path;

    if (strchr(name, '/'))
        return name;
    path = find_in(arena, binary, binary->run_path, name);
    if (!path)
        path = find_in(arena, binary, getenv("LD_LIBRARY_PATH"), name);
    return path ? path : find_in(arena, binary, usual_folders, name);
}

static bool is_known(const struct libraries *libraries, const char *name)
{
    size_t i;

    for (i = 0; i < libraries->count; i++)
        if (strcmp(libraries->list[i].name, name) == 0)
            return true;
    return false;
}

static void add_needed(struct libraries *libraries, const struct binary *binary)
{
    size_t i;

    for (i = 0; i < binary->needed_count; i++) {
        struct library *library;
        const char *path;
        char *message = NULL;

        if (is_known(libraries, binary->needed[i]))
            continue;
        library = grow_in_arena(libraries->arena, &libraries->list, &libraries->count,
                                &libraries->capacity, sizeof *library);
        library->name = arena_copy_string(libraries->arena, binary->needed[i]);
        path = find_file(libraries->arena, binary, binary->needed[i]);
        library->binary = path ? binary_open(path, &message) : NULL;
        free(message);
    }
}

struct libraries *libraries_open(const struct binary *binary)
{
    struct arena *arena = arena_new();
    struct libraries *libraries = arena_allocate(arena, sizeof *libraries);
    size_t i;

    libraries->arena = arena;
    add_needed(libraries, binary);
    for (i = 0; i < libraries->count; i++)
        if (libraries->list[i].binary)
            add_needed(libraries, libraries->list[i].binary);
    return libraries;
}

void libraries_close(struct libraries *libraries)
{
    size_t i;

    if (!libraries)
        return;
    for (i = 0; i < libraries->count; i++)
        binary_close(libraries->list[i].binary);
    arena_free(libraries->arena);
}

const char *libraries_defining(const struct libraries *libraries, const char *symbol)
{
    size_t i;

    for (i = 0; i < libraries->count; i++)
        if (libraries->list[i].binary && binary_exports(libraries->list[i].binary, symbol))
            return libraries->list[i].name;
    return NULL;
}
