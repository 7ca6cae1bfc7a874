/* configuration_file.c -- one file of settings, read with libinih.
 *
 * libinih tells neither the line of a value nor what stands there, which a message needs.  So the
 * file is read into memory first, and handed out line by line: whatever libinih reports is about
 * the line that it got last.
 */
#include "control/configuration.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "spelling.h"
#include "files/trust.h"

enum { LARGEST_FILE = 64 * 1024 };

struct reading {
    const char *path;
    const char *program_path;
    struct configuration *configuration;
    struct configuration others; /* what other programs' sections say, which must be right too */
    const char *rest;            /* what has not been handed out */
    const char *line;            /* what has been handed out last */
    int number;                  /* of that line; 1 is the first */
    char *message;               /* the first mistake */
};

/* ---- Mistakes -------------------------------------------------------------------------------- */

static size_t line_length(const char *line)
{
    return strcspn(line, "\r\n");
}

/* At `length` bytes from `column` (0: the first) of the line handed out last.  Takes `what`
 * (malloc). */
static void mistake(struct reading *reading, size_t column, size_t length, char *what)
{
    if (!reading->message) {
        char *margin = allocate(column + 1), *underline = allocate(length + 1);
        for (size_t i = 0; i < column; i++)
            margin[i] = reading->line[i] == '\t' ? '\t' : ' ';
        memset(underline, '~', length);
        if (length)
            underline[0] = '^';
        reading->message = message_format(
            "%s:%d:%zu: error: %s\n%.*s\n%s%s", reading->path, reading->number, column + 1, what,
            (int)line_length(reading->line), reading->line, margin, underline);
        free(margin);
        free(underline);
    }
    free(what);
}

/* At the word, which stands somewhere in the line, not before `from`. */
static void mistake_at(struct reading *reading, const char *from, const char *word, char *what)
{
    const char *end = reading->line + line_length(reading->line);
    const char *place = *word ? strstr(from, word) : NULL;
    if (!place || place + strlen(word) > end) {
        size_t indentation = strspn(reading->line, " \t");
        mistake(reading, indentation, line_length(reading->line) - indentation, what);
    } else {
        mistake(reading, (size_t)(place - reading->line), strlen(word), what);
    }
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* fgets for libinih, which cuts off what is too long without a word. */
static char *next_line(char *buffer, int size, void *stream)
{
    struct reading *reading = stream;
    if (!*reading->rest || reading->message)
        return NULL;
    reading->line = reading->rest;
    reading->number++;
    size_t length = line_length(reading->line);
    size_t used = strcspn(reading->line, "\n");
    reading->rest += used + (reading->line[used] == '\n');
    if (length + 3 > (size_t)size) {
        mistake(reading, 0, length, message_format("a line has at most %d bytes: let the value go "
                                                   "on in the next line, indented", size - 3));
        return NULL;
    }
    memcpy(buffer, reading->line, length);
    strcpy(buffer + length, "\n");
    return buffer;
}

/* ---- Sections and keys ----------------------------------------------------------------------- */

/* What the section's keys are for; NULL: nothing, it is a mistake. */
static struct configuration *section_target(struct reading *reading, const char *section)
{
    static const char program[] = "program";
    size_t length = strlen(program);
    if (!*section)
        return reading->configuration;
    const char *pattern = section + length;
    pattern += strspn(pattern, " \t");
    if (strncmp(section, program, length) != 0 || !isspace((unsigned char)section[length]) ||
        !*pattern) {
        mistake_at(reading, reading->line, "",
                   message_format("this is in the section [%s]: write [program PATTERN], or put it "
                                  "before the first section", section));
        return NULL;
    }
    const char *name = reading->program_path ? strrchr(reading->program_path, '/') : NULL;
    name = name ? name + 1 : reading->program_path;
    return name && fnmatch(pattern, name, 0) == 0 ? reading->configuration : &reading->others;
}

static int find_key(struct reading *reading, const char *name)
{
    for (int key = 0; key < KEY_COUNT; key++)
        if (strcmp(configuration_key_names[key], name) == 0)
            return key;
    const char *near = did_you_mean(name, configuration_key_names, KEY_COUNT);
    mistake_at(reading, reading->line, name,
               near ? message_format("there is no key '%s': did you mean '%s'?", name, near)
                    : message_format("there is no key '%s': see `kitsune help config`", name));
    return -1;
}

static bool goes_on(const struct reading *reading, const char *name)
{
    size_t indentation = strspn(reading->line, " \t");
    return indentation && strncmp(reading->line + indentation, name, strlen(name)) != 0;
}

static void set(struct reading *reading, struct configuration *target, int key, const char *value)
{
    char *wrong, *origin = message_format("%s:%d", reading->path, reading->number);
    if (!configuration_set(target, key, value, origin, &wrong)) {
        const char *equals = strpbrk(reading->line, "=:");
        mistake_at(reading, equals ? equals : reading->line, value, wrong);
    }
    free(origin);
}

static int on_pair(void *context, const char *section, const char *name, const char *text)
{
    struct reading *reading = context;
    struct configuration *target = section_target(reading, section);
    int key = target ? find_key(reading, name) : -1;
    if (key < 0)
        return 0;
    /* libinih takes comments off first lines only. */
    const char *comment = strstr(text, " ;");
    char *value = message_format("%.*s", comment ? (int)(comment - text) : (int)strlen(text), text);
    if (!goes_on(reading, name))
        set(reading, target, key, value);
    else if (!configuration_extend(target, key, value))
        mistake_at(reading, reading->line, "",
                   message_format("this line is indented, so it continues '%s', which has one "
                                  "value: begin it at the margin", name));
    free(value);
    return reading->message == NULL;
}

/* ---- The file -------------------------------------------------------------------------------- */

/* The whole file (malloc); NULL with a message. */
static char *read_text(int file, const char *path, char **message)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        *message = message_format("%s is not a file", path);
        return NULL;
    }
    char *text = allocate(LARGEST_FILE + 1);
    size_t used = 0;
    for (ssize_t got = 1; got > 0 && used < LARGEST_FILE; used += got > 0 ? (size_t)got : 0)
        got = read(file, text + used, LARGEST_FILE - used);
    if (used == LARGEST_FILE || memchr(text, '\0', used)) {
        *message = message_format("%s is no file of settings: it is longer than %d bytes, or not "
                                  "text", path, LARGEST_FILE);
        free(text);
        return NULL;
    }
    return text;
}

static char *read_pairs(struct reading *reading, const char *text)
{
    reading->rest = text;
    int wrong_line = ini_parse_stream(next_line, reading, on_pair, reading);
    if (wrong_line > 0 && !reading->message) {
        /* One that libinih itself does not understand; it has gone on to the end. */
        reading->line = text;
        for (reading->number = 1; reading->number < wrong_line; reading->number++)
            reading->line = strchr(reading->line, '\n') + 1;
        mistake_at(reading, reading->line, "",
                   message_format("this is neither `key = value` nor `[program PATTERN]`"));
    }
    configuration_free(&reading->others);
    return reading->message;
}

enum configuration_result configuration_read_file(struct configuration *configuration,
                                                  const char *path, const char *program_path,
                                                  char **message)
{
    /* What is not there says nothing, whoever could put it there. */
    *message = NULL;
    if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return CONFIGURATION_READ;
    int file = trust_open_settings(path, trust_own_user(), message);
    if (*message)
        return CONFIGURATION_WRONG;
    if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CONFIGURATION_READ;
    if (file < 0) {
        *message = message_format("cannot read %s: %s", path, strerror(errno));
        return CONFIGURATION_UNREADABLE;
    }
    char *text = read_text(file, path, message);
    close(file);
    if (!text)
        return CONFIGURATION_WRONG;
    struct reading reading = {.path = path, .program_path = program_path,
                              .configuration = configuration};
    *message = read_pairs(&reading, text);
    free(text);
    return *message ? CONFIGURATION_WRONG : CONFIGURATION_READ;
}
