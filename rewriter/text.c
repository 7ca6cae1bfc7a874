/* text.c -- growing strings and lists of strings.  See text.h. */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void end_for_lack_of_memory(void)
{
    static const char message[] = "kitcc: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
    (void)ignored;
    _exit(1);
}

void *allocate(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        end_for_lack_of_memory();
    return memory;
}

void *reallocate(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        end_for_lack_of_memory();
    return memory;
}

char *copy_bytes(const char *bytes, size_t length)
{
    char *copy = allocate(length + 1);
    memcpy(copy, bytes, length);
    return copy;
}

char *copy_string(const char *string)
{
    return copy_bytes(string, strlen(string));
}

static char *format_arguments(const char *format, va_list arguments)
{
    char *result;
    if (vasprintf(&result, format, arguments) < 0)
        end_for_lack_of_memory();
    return result;
}

char *format_string(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *result = format_arguments(format, arguments);
    va_end(arguments);
    return result;
}

static void text_reserve(struct text *text, size_t more)
{
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity * 2 : 256;
    while (capacity < needed)
        capacity *= 2;
    text->bytes = reallocate(text->bytes, capacity);
    text->capacity = capacity;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    text_reserve(text, length);
    if (length)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *formatted = format_arguments(format, arguments);
    va_end(arguments);
    text_add(text, formatted);
    free(formatted);
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes)
        text->bytes[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

bool text_read_descriptor(struct text *text, int descriptor)
{
    for (;;) {
        text_reserve(text, 65536);
        ssize_t count = read(descriptor, text->bytes + text->length, 65536);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            text->bytes[text->length] = '\0';
            return count == 0;
        }
        text->length += (size_t)count;
    }
}

bool text_read_file(struct text *text, const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool success = text_read_descriptor(text, descriptor);
    int problem = errno;
    close(descriptor);
    errno = problem;
    return success;
}

void list_take(struct string_list *list, char *string)
{
    if (list->count + 2 > list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        list->items = reallocate(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = string;
    list->items[list->count] = NULL;
}

void list_add(struct string_list *list, const char *string)
{
    list_take(list, copy_string(string));
}

void list_add_all(struct string_list *list, const struct string_list *other)
{
    for (size_t i = 0; i < other->count; i++)
        list_add(list, other->items[i]);
}

bool list_contains(const struct string_list *list, const char *string)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->items[i], string))
            return true;
    return false;
}

void list_free(struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct string_list){0};
}

bool starts_with(const char *string, const char *prefix)
{
    return !strncmp(string, prefix, strlen(prefix));
}

bool ends_with(const char *string, const char *suffix)
{
    size_t length = strlen(string), suffix_length = strlen(suffix);
    return length >= suffix_length && !strcmp(string + length - suffix_length, suffix);
}

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *folder_of(const char *path)
{
    return copy_bytes(path, (size_t)(base_name(path) - path));
}
