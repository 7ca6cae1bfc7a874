/* source_copy.c -- a copy of a source file with code put in.  See source_copy.h. */
#include "source_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

static void add_name_line(struct text *result, const char *path)
{
    text_add(result, "#line 1 \"");
    for (const char *p = path; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_add(result, "\\");
        text_add_bytes(result, p, 1);
    }
    text_add(result, "\"\n");
}

/* What is inserted ahead of `start` is left out. */
static void apply_from(size_t start, const struct findings *findings, const char *source,
                       size_t length, struct text *result)
{
    size_t position = start;
    for (size_t i = 0; i < findings->insertion_count; i++) {
        const struct insertion *insertion = &findings->insertions[i];
        if (insertion->offset < position || insertion->offset > length)
            continue;
        text_add_bytes(result, source + position, insertion->offset - position);
        text_add(result, insertion->code);
        position = insertion->offset;
    }
    text_add_bytes(result, source + position, length - position);
}

void insertions_apply(const struct findings *findings, const char *source, size_t length,
                      struct text *result)
{
    apply_from(0, findings, source, length, result);
}

void source_copy_text(const char *path, const char *source, size_t length,
                      const struct findings *findings, struct text *result)
{
    size_t start = 0;
    if (length >= 3 && !memcmp(source, byte_order_mark, 3)) {
        text_add(result, byte_order_mark);
        start = 3;
    }
    add_name_line(result, path);
    apply_from(start, findings, source, length, result);
}

int source_copy_depth(const char *source, size_t length)
{
    int deepest = 0, depth = 0;
    for (size_t i = 0; i + 3 <= length;) {
        if (!memcmp(source + i, "../", 3)) {
            depth++;
            i += 3;
        } else {
            depth = 0;
            i++;
        }
        if (depth > deepest)
            deepest = depth;
    }
    return deepest;
}

static bool report_failure(const char *path)
{
    fprintf(stderr, "kitcc: cannot write the working copy %s: %s; is TMPDIR right, and is there "
                    "room?\n", path, strerror(errno));
    return false;
}

/* Makes the folders below root that a source with so many "../" needs. */
static bool make_folders(struct source_copy *copy, int depth)
{
    struct text folder = {0};
    text_add_format(&folder, "%s/", copy->root);
    bool success = true;
    for (int i = 0; i < depth && success; i++) {
        text_add(&folder, "d/");
        success = !mkdir(folder.bytes, 0700);
    }
    copy->folder = folder.bytes;
    return success || report_failure(copy->folder);
}

static bool write_file(const char *path, const struct text *contents)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return report_failure(path);
    bool success = fwrite(contents->bytes, 1, contents->length, file) == contents->length;
    success = !fclose(file) && success;
    return success || report_failure(path);
}

bool source_copy_make(struct source_copy *copy, const char *path, const struct text *source,
                      const struct findings *findings)
{
    *copy = (struct source_copy){.original_folder = folder_of(path)};
    const char *temporary = getenv("TMPDIR");
    char *root = format_string("%s/kitcc-XXXXXX",
                               temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(root)) {
        report_failure(root);
        free(root);
        return false;
    }
    copy->root = root;
    if (!make_folders(copy, 1 + source_copy_depth(source->bytes, source->length)))
        return false;
    copy->path = format_string("%s%s", copy->folder, base_name(path));
    struct text contents = {0};
    source_copy_text(path, source->bytes, source->length, findings, &contents);
    bool success = write_file(copy->path, &contents);
    text_free(&contents);
    return success;
}

void source_copy_remove(struct source_copy *copy)
{
    if (copy->path)
        unlink(copy->path);
    if (copy->folder) {
        size_t root_length = strlen(copy->root);
        for (size_t length = strlen(copy->folder); length > root_length + 1; length -= 2) {
            copy->folder[length] = '\0';
            rmdir(copy->folder);
        }
    }
    if (copy->root)
        rmdir(copy->root);
    free(copy->root);
    free(copy->folder);
    free(copy->path);
    free(copy->original_folder);
    *copy = (struct source_copy){0};
}
