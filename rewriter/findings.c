/* findings.c -- what the analysis of one source file found.  See findings.h. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

void findings_add_record(struct findings *findings, const char *record)
{
    if (!list_contains(&findings->records, record))
        list_add(&findings->records, record);
}

void findings_add_insertion(struct findings *findings, size_t offset, const char *code)
{
    findings->insertions = reallocate(findings->insertions, (findings->insertion_count + 1) *
                                                                sizeof *findings->insertions);
    findings->insertions[findings->insertion_count++] =
        (struct insertion){offset, copy_string(code)};
}

/* An insertion sort: stable, and the order is nearly right already. */
void findings_sort(struct findings *findings)
{
    for (size_t i = 1; i < findings->insertion_count; i++) {
        struct insertion moving = findings->insertions[i];
        size_t k = i;
        for (; k > 0 && findings->insertions[k - 1].offset > moving.offset; k--)
            findings->insertions[k] = findings->insertions[k - 1];
        findings->insertions[k] = moving;
    }
}

void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->insertion_count; i++)
        free(findings->insertions[i].code);
    free(findings->insertions);
    list_free(&findings->records);
    list_free(&findings->warnings);
    list_free(&findings->problems);
    *findings = (struct findings){0};
}

void findings_write(const struct findings *findings, FILE *stream)
{
    for (size_t i = 0; i < findings->records.count; i++)
        fprintf(stream, "record\t%s\n", findings->records.items[i]);
    for (size_t i = 0; i < findings->insertion_count; i++)
        fprintf(stream, "insert\t%zu\t%s\n", findings->insertions[i].offset,
                findings->insertions[i].code);
    for (size_t i = 0; i < findings->warnings.count; i++)
        fprintf(stream, "warning\t%s\n", findings->warnings.items[i]);
    for (size_t i = 0; i < findings->problems.count; i++)
        fprintf(stream, "problem\t%s\n", findings->problems.items[i]);
    fprintf(stream, "end\n");
}

/* The part of `line` after `word` and a tab; NULL when it begins otherwise. */
static const char *after_word(const char *line, const char *word)
{
    size_t length = strlen(word);
    return !strncmp(line, word, length) && line[length] == '\t' ? line + length + 1 : NULL;
}

static void read_line(struct findings *findings, const char *line)
{
    const char *rest;
    if ((rest = after_word(line, "record"))) {
        list_add(&findings->records, rest);
    } else if ((rest = after_word(line, "insert"))) {
        char *code;
        size_t offset = strtoul(rest, &code, 10);
        if (*code == '\t')
            findings_add_insertion(findings, offset, code + 1);
    } else if ((rest = after_word(line, "warning"))) {
        list_add(&findings->warnings, rest);
    } else if ((rest = after_word(line, "problem"))) {
        list_add(&findings->problems, rest);
    }
}

bool findings_read(struct findings *findings, const char *text)
{
    bool is_complete = false;
    while (text && *text) {
        size_t length = strcspn(text, "\n");
        char *line = copy_bytes(text, length);
        read_line(findings, line);
        is_complete = !strcmp(line, "end") && text[length] == '\n';
        free(line);
        text += length + (text[length] == '\n');
    }
    findings_sort(findings);
    return is_complete;
}
