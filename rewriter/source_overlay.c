/* source_overlay.c -- makes clang read another text where a source file is.  See
 * source_overlay.h. */
#include "source_overlay.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_file.h"

static bool is_this_folder(const char *path)
{
    struct stat given, real;
    return path && path[0] == '/' && !stat(path, &given) && !stat(".", &real) &&
           given.st_dev == real.st_dev && given.st_ino == real.st_ino;
}

/* As clang makes it: the working folder is called what the shell calls it, if that is true. */
static char *absolute_name(const char *path)
{
    if (path[0] == '/')
        return copy_string(path);
    const char *called = getenv("PWD");
    char *folder = is_this_folder(called) ? copy_string(called) : getcwd(NULL, 0);
    char *name = format_string("%s/%s", folder ? folder : "", path);
    free(folder);
    return name;
}

bool source_overlay_can_name(const char *path)
{
    char *name = absolute_name(path);
    json_t *value = json_string(name);
    bool is_utf8 = value;
    json_decref(value);
    free(name);
    return is_utf8;
}

/* The file's name in /proc, allocated. */
static char *keep_in_memory(struct source_overlay *overlay, const char *name,
                            const struct text *contents)
{
    int descriptor = memory_file(name, contents);
    if (descriptor < 0)
        return NULL;
    size_t size = (overlay->descriptor_count + 1) * sizeof *overlay->descriptors;
    overlay->descriptors = reallocate(overlay->descriptors, size);
    overlay->descriptors[overlay->descriptor_count++] = descriptor;
    return format_string("/proc/self/fd/%d", descriptor);
}

/* __TIMESTAMP__ is the time of the file that the user wrote. */
static void take_times_of(const char *original, const char *file)
{
    struct stat status;
    if (stat(original, &status))
        return;
    struct timespec times[] = {status.st_atim, status.st_mtim};
    utimensat(AT_FDCWD, file, times, 0);
}

bool source_overlay_add(struct source_overlay *overlay, const char *path,
                        const struct text *contents)
{
    char *file = keep_in_memory(overlay, "source", contents);
    if (!file)
        return false;
    take_times_of(path, file);
    char *name = absolute_name(path);
    if (!overlay->roots)
        overlay->roots = json_array();
    json_array_append_new(overlay->roots, json_pack("{s:s, s:s, s:s}", "type", "file", "name",
                                                    name, "external-contents", file));
    free(name);
    free(file);
    return true;
}

bool source_overlay_use(struct source_overlay *overlay, struct string_list *arguments)
{
    if (!overlay->roots)
        return true;
    json_t *listing = json_pack("{s:i, s:s, s:s, s:O}", "version", 0, "case-sensitive", "true",
                                "use-external-names", "false", "roots", overlay->roots);
    char *bytes = json_dumps(listing, 0);
    struct text contents = {0};
    text_add(&contents, bytes);
    char *file = keep_in_memory(overlay, "overlay", &contents);
    text_free(&contents);
    free(bytes);
    json_decref(listing);
    if (!file)
        return false;
    /* Past clang's driver, which would keep the option from what is preprocessed already. */
    list_add(arguments, "-Xclang");
    list_add(arguments, "-ivfsoverlay");
    list_add(arguments, "-Xclang");
    list_take(arguments, file);
    return true;
}

void source_overlay_free(struct source_overlay *overlay)
{
    for (size_t i = 0; i < overlay->descriptor_count; i++)
        close(overlay->descriptors[i]);
    free(overlay->descriptors);
    json_decref(overlay->roots);
    *overlay = (struct source_overlay){0};
}
