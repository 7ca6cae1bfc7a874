/* record.c -- one annotation as it is stored in the object file.  See record.h. */
#include "record.h"

#include <ctype.h>
#include <string.h>

/* Adds `value` with every run of white space and control characters made one blank, and none at
 * the ends: tabs and newlines separate fields and lines elsewhere. */
static void add_collapsed(struct text *text, const char *value, size_t length)
{
    bool is_pending = false, has_any = false;
    for (size_t i = 0; i < length; i++) {
        if (isspace((unsigned char)value[i]) || iscntrl((unsigned char)value[i])) {
            is_pending = has_any;
            continue;
        }
        if (is_pending)
            text_add(text, " ");
        text_add_bytes(text, value + i, 1);
        is_pending = false;
        has_any = true;
    }
}

char *record_format(const struct record *record)
{
    struct text text = {0};
    size_t name_length = strcspn(record->annotation, " \t\n");
    const char *argument = record->annotation + name_length;

    add_collapsed(&text, record->kind, strlen(record->kind));
    text_add(&text, "\t");
    add_collapsed(&text, record->subject, strlen(record->subject));
    text_add(&text, "\t");
    add_collapsed(&text, record->path, strlen(record->path));
    text_add_format(&text, "\t%d\t", record->level);
    add_collapsed(&text, record->annotation, name_length);
    text_add(&text, "\t");
    add_collapsed(&text, argument, strlen(argument));
    text_add(&text, "\t");
    add_collapsed(&text, record->file, strlen(record->file));
    text_add_format(&text, ":%u", record->line);
    return text.bytes;
}

void add_escaped(struct text *text, const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_add_format(text, "\\%c", *p);
        else if (*p < 0x20 || *p >= 0x7f || *p == '?') /* ?: no trigraphs */
            text_add_format(text, "\\%03o", *p);
        else
            text_add_bytes(text, (const char *)p, 1);
    }
}

/* The record is a string literal of the assembler inside one of C, so it is escaped twice.  Each
 * has an asm of its own: link-time optimisation may spread them, and the linker merges them. */
static void add_record(struct text *source, const char *record)
{
    struct text assembly = {0};
    text_add(&assembly, ".pushsection .kitsune,\"MS\",%progbits,1\n.string \"");
    add_escaped(&assembly, record);
    text_add(&assembly, "\"\n.popsection");
    text_add(source, "__asm__(\"");
    add_escaped(source, assembly.bytes);
    text_add(source, "\");\n");
    text_free(&assembly);
}

void records_to_source(const struct string_list *records, struct text *source)
{
    /* A header of the system: no warning of the user's choice concerns it. */
    text_add(source, "#pragma GCC system_header\n");
    for (size_t i = 0; i < records->count; i++)
        add_record(source, records->items[i]);
}
