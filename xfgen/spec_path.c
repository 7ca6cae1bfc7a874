/* spec_path.c -- paths: what a rule speaks of.
 *
 *      file.c/function#static.member.member
 *      ------ -------- ------ -------------
 *      file   function name   members            (file and function only for variables)
 *
 * File names contain dots and dashes, so members begin at the first dot after the last '/', and
 * after the '#' if there is one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

static const char *root_keyword(enum path_root root)
{
    switch (root) {
    case ROOT_STRUCT:
        return "struct ";
    case ROOT_UNION:
        return "union ";
    case ROOT_ENUM:
        return "enum ";
    case ROOT_TYPEDEF:
        return "typedef ";
    default:
        return "";
    }
}

static bool is_name(const char *text, size_t length)
{
    size_t i;

    if (length == 0 || isdigit((unsigned char)text[0]))
        return false;
    for (i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_' && (unsigned char)text[i] < 0x80)
            return false;
    return true;
}

/* The first thing wrong with a path, reported; then false. */
static bool is_wrong(struct parse *parse, struct span place, const char *what, const char *text)
{
    if (*text)
        syntax_error(parse, place, "'%s' is not a C name", text);
    else
        syntax_error(parse, place, "%s", what);
    return false;
}

static bool check_name(struct parse *parse, struct span place, const char *what, const char *text,
                       size_t length)
{
    char *name;

    if (is_name(text, length))
        return true;
    name = spec_copy(text, length);
    is_wrong(parse, place, what, name);
    free(name);
    return false;
}

/* Where the variable's own name begins in a key: behind the file and the function. */
static size_t own_name_start(const char *key)
{
    const char *slash = strrchr(key, '/');
    const char *tail = slash ? slash + 1 : key;
    const char *hash = strchr(tail, '#');

    return (size_t)((hash ? hash + 1 : tail) - key);
}

/* The file and function of a key. */
static bool check_owner(struct parse *parse, const char *key, struct span word)
{
    const char *slash = strrchr(key, '/');
    const char *tail = slash ? slash + 1 : key;
    const char *hash = strchr(tail, '#');
    struct span place = {word.start, word.start + (size_t)(tail - key)};

    if (slash == key)
        return is_wrong(parse, place, "the file's name is missing before '/'", "");
    if (!hash)
        return true;
    place.start = word.start + (size_t)(tail - key);
    place.end = word.start + (size_t)(hash - key) + 1;
    return check_name(parse, place, "the function's name is missing before '#'", tail,
                      (size_t)(hash - tail));
}

/* Cuts "a.b.c" (behind the path's name) into members. */
static void add_members(struct path *path, const char *text)
{
    size_t length;

    while (*text == '.') {
        text++;
        length = strcspn(text, ".");
        path->members = spec_reallocate(path->members,
                                        (path->member_count + 1) * sizeof *path->members);
        path->members[path->member_count++] = spec_copy(text, length);
        text += length;
    }
}

static void check_members(struct parse *parse, const struct path *path, struct span word)
{
    struct span place = {path->name_span.end, word.end};
    size_t i;

    for (i = 0; i < path->member_count; i++) {
        size_t length = strlen(path->members[i]);

        place.end = place.start + 1 + length;
        if (!check_name(parse, place, "a member's name is missing after '.'", path->members[i],
                        length))
            return;
        place.start = place.end;
    }
}

struct path *path_new(struct parse *parse, enum path_root root, struct span span,
                      struct span word)
{
    struct path *path = spec_allocate(sizeof *path);
    char *text = span_text(parse->source, word);
    size_t own_start = root == ROOT_VARIABLE ? own_name_start(text) : 0;
    size_t name_end = own_start + strcspn(text + own_start, ".");

    path->root = root;
    path->span = span;
    path->name_span = (struct span){word.start, word.start + name_end};
    path->name = spec_copy(text, name_end);
    path->text = spec_format("%s%s", root_keyword(root), text);
    add_members(path, text + name_end);
    if ((root != ROOT_VARIABLE || check_owner(parse, path->name, path->name_span)) &&
        check_name(parse, (struct span){word.start + own_start, path->name_span.end},
                   "a name is missing here", text + own_start, name_end - own_start))
        check_members(parse, path, word);
    free(text);
    return path;
}

void path_free(struct path *path)
{
    size_t i;

    if (!path)
        return;
    for (i = 0; i < path->member_count; i++)
        free(path->members[i]);
    free(path->members);
    free(path->name);
    free(path->text);
    free(path);
}

char *key_new(struct parse *parse, struct span word)
{
    char *key = span_text(parse->source, word);
    size_t own_start = own_name_start(key);
    size_t length = strcspn(key + own_start, ".");

    if (key[own_start + length] == '.') {
        struct span members = {word.start + own_start + length, word.end};

        if (syntax_error(parse, members, "only a whole variable can stand here"))
            syntax_help(parse, "write the member behind the parenthesis: (%.*s)%s",
                        (int)(own_start + length), key, key + own_start + length);
        key[own_start + length] = '\0';
        return key;
    }
    if (check_owner(parse, key, word))
        check_name(parse, (struct span){word.start + own_start, word.end},
                   "a name is missing here", key + own_start, length);
    return key;
}
