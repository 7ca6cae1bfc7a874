/* diff_html_types.c -- the types: the old layout beside the new one, and between them what goes
 * where.
 *
 *      0  8 [struct entry *next] ===copied=== [struct entry *next]  0  8   followed and rebuilt
 *      8  8 [key               ] ==\     0>-- [uint64_t hash     ]  8  8   v2-v3.xf:20
 *     16  8 [value             ] ==\\==moved= [key               ] 16  8   kept
 *                                   \==moved= [value             ] 24  8
 *
 * A type that is the same on both sides, or stands alone, has one column.
 */
#include "diff_html.h"

#include <string.h>

enum { BAND_WIDTH = 120, STUB_WIDTH = 34, BITS_PER_WORD = 64 };

/* ---- Boxes ----------------------------------------------------------------------------------- */

/* Where in its eight-byte word the thing lies; all of the word when it takes more. */
static void write_word(const struct html *html, uint64_t bit, uint64_t bits)
{
    unsigned start = bits >= BITS_PER_WORD ? 0 : (unsigned)(bit % BITS_PER_WORD);
    unsigned length = bits >= BITS_PER_WORD ? BITS_PER_WORD : (unsigned)bits;

    if (start + length > BITS_PER_WORD)
        length = BITS_PER_WORD - start;
    fprintf(html->stream, "<i class=word><b style=\"left:%.1f%%;width:%.1f%%\"></b></i>",
            100.0 * start / BITS_PER_WORD, 100.0 * length / BITS_PER_WORD);
}

static void write_numbers(const struct html *html, uint64_t bit, uint64_t bits, bool is_bits)
{
    if (is_bits)
        html_print(html->stream, "<span class=at>%llu.%llu</span><span class=size>%llub</span>",
                   (unsigned long long)bit / 8, (unsigned long long)bit % 8,
                   (unsigned long long)bits);
    else
        html_print(html->stream, "<span class=at>%llu</span><span class=size>%llu</span>",
                   (unsigned long long)bit / 8, (unsigned long long)bits / 8);
}

static void write_padding(const struct html *html, const struct box *box)
{
    bool is_bits = box->bit % 8 || box->bits % 8;

    fprintf(html->stream, "<div class=\"box padding\" style=\"height:%dpx\">", box->height);
    write_numbers(html, box->bit, box->bits, is_bits);
    write_word(html, box->bit, box->bits);
    html_print(html->stream, "<code style=\"padding-left:%dpx\">padding</code></div>\n",
               14 * box->depth);
}

/* Of a member of the same type, its path in there says enough: ".input.size". */
static const char *origin_words(const struct html *html, const struct member_change *row,
                                const char *type)
{
    size_t length = strlen(type);
    const char *origin = row->origin;

    if (!origin)
        return NULL;
    if (strncmp(origin, type, length) == 0 && origin[length] == '.')
        origin += length;
    return arena_format(html->diff->arena, "%s %s", row->new_member ? "from" : "to", origin);
}

/* What happens is told beside the new one; of one that is gone, beside the old. */
static void write_box(const struct html *html, const struct box *box, bool is_new,
                      const char *type)
{
    const struct member_change *row = box->row;
    const struct member *member = is_new ? row->new_member : row->old_member;
    const char *text = is_new ? row->new_text : row->old_text;
    bool is_told = is_new || !row->new_member;

    html_print(html->stream, "<div class=\"box %s%s\" style=\"height:%dpx\">",
               flow_class(flow_of(row->changes, &row->decision)), is_told ? " told" : "",
               box->height);
    write_numbers(html, box->bit, box->bits, member->bit_size != 0);
    write_word(html, box->bit, box->bits);
    html_print(html->stream, "<code style=\"padding-left:%dpx\" title=\"%s\">%s</code>",
               14 * box->depth, text, text[0] ? text : "(no name)");
    if (is_told) {
        fputs("<span class=how>", html->stream);
        html_decision(html, &row->decision, origin_words(html, row, type));
        fputs("</span>", html->stream);
    }
    fputs("</div>\n", html->stream);
}

static void write_column(const struct html *html, const struct column *column, bool is_new,
                         const char *heading, const struct type *type)
{
    size_t i;

    html_print(html->stream, "<div class=\"column %s\"><h4>%s <span class=size>%llu bytes, "
               "aligned to %u</span></h4>\n", is_new ? "new" : "old", heading,
               (unsigned long long)type->size, type->alignment);
    for (i = 0; i < column->count; i++)
        if (column->boxes[i].row)
            write_box(html, &column->boxes[i], is_new, heading);
        else
            write_padding(html, &column->boxes[i]);
    if (!column->count)
        fputs("<p class=faint>no members</p>\n", html->stream);
    fputs("</div>\n", html->stream);
}

/* ---- Bands ----------------------------------------------------------------------------------- */

static void write_band(const struct html *html, const struct box *old, const struct box *new,
                       enum flow flow, const char *title)
{
    int left = old->top + 2, left_end = old->top + old->height - 2;
    int right = new->top + 2, right_end = new->top + new->height - 2;
    int middle = BAND_WIDTH / 2;

    html_print(html->stream, "<path class=\"%s\" d=\"M0 %dC%d %d %d %d %d %dV%dC%d %d %d %d 0 %dZ"
               "\"><title>%s</title></path>\n", flow_class(flow), left, middle, left, middle, right,
               BAND_WIDTH, right, right_end, middle, right_end, middle, left_end, left_end, title);
}

/* What begins or ends here: a wedge at its box. */
static void write_stub(const struct html *html, const struct box *box, bool is_new, enum flow flow)
{
    int top = box->top + 2, end = box->top + box->height - 2, middle = (top + end) / 2;
    int edge = is_new ? BAND_WIDTH : 0, tip = is_new ? BAND_WIDTH - STUB_WIDTH : STUB_WIDTH;
    const char *sign = flow == FLOW_INITIAL ? "0" : flow == FLOW_DROPPED ? "\xc3\x97"
                       : flow == FLOW_NEEDED ? "?" : flow == FLOW_NONE ? "" : "\xe2\x80\xba";

    html_print(html->stream, "<path class=\"%s\" d=\"M%d %dL%d %dL%d %dZ\"/>", flow_class(flow),
               edge, top, tip, middle, edge, end);
    html_print(html->stream, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", flow_class(flow),
               is_new ? tip - 9 : tip + 9, middle + 4, sign);
}

/* The row of the old member that feeds this new one by a rule, when it is one of this type. */
static const struct member_change *source_row(const struct html *html,
                                              const struct type_change *type,
                                              const struct member_change *row)
{
    size_t i;

    for (i = 0; row->origin && type->old_name && i < type->member_count; i++) {
        const struct member_change *other = &type->members[i];

        if (other->old_member && !other->depth &&
            strcmp(row->origin, arena_format(html->diff->arena, "%s.%s", type->old_name,
                                             other->old_name)) == 0)
            return other;
    }
    return NULL;
}

static bool is_source(const struct html *html, const struct type_change *type,
                      const struct member_change *row)
{
    size_t i;

    for (i = 0; i < type->member_count; i++)
        if (type->members[i].new_member && !type->members[i].old_member &&
            source_row(html, type, &type->members[i]) == row)
            return true;
    return false;
}

/* Code of the user makes the one of the other: members have no say. */
static bool is_by_rule(const struct type_change *type)
{
    return type->decision.kind == DECISION_RULE && type->decision.rule &&
           type->decision.rule->kind == RULE_CONVERT;
}

static void write_bands(const struct html *html, const struct type_change *type,
                        const struct column *old, const struct column *new)
{
    int height = old->height > new->height ? old->height : new->height;
    size_t i;

    html_print(html->stream, "<svg class=bands width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
               "role=\"img\" aria-label=\"what goes where\">\n", BAND_WIDTH, height, BAND_WIDTH,
               height);
    if (is_by_rule(type))
        write_band(html, &(struct box){.height = old->height}, &(struct box){.height = new->height},
                   FLOW_RULE, "by the rule, as a whole");
    for (i = 0; i < type->member_count && !is_by_rule(type); i++) {
        const struct member_change *row = &type->members[i];
        enum flow flow = flow_of(row->changes, &row->decision);
        const struct box *left = column_find(old, row->new_member && !row->old_member
                                                 ? source_row(html, type, row) : row);
        const struct box *right = column_find(new, row);

        if (left && right)
            write_band(html, left, right, flow, row->new_name);
        else if (right)
            write_stub(html, right, true, flow);
        else if (left && !is_source(html, type, row))
            write_stub(html, left, false, flow);
    }
    fputs("</svg>\n", html->stream);
}

static void write_layout(const struct html *html, const struct type_change *type)
{
    struct column old, new;
    bool has_both = type->old_type && type->new_type && type->changes;

    column_make(html->diff, type, false, &old);
    column_make(html->diff, type, true, &new);
    if (!old.count && !new.count)
        return;
    html_print(html->stream, "<div class=\"layout %s\">\n", has_both ? "both" : "one");
    if (type->old_type && (has_both || !type->new_type))
        write_column(html, &old, false, type->old_name, type->old_type);
    if (has_both)
        write_bands(html, type, &old, &new);
    if (type->new_type)
        write_column(html, &new, true, type->new_name, type->new_type);
    fputs("</div>\n", html->stream);
}

/* ---- Enumerators ----------------------------------------------------------------------------- */

static void write_value(const struct html *html, const struct enumerator *enumerator)
{
    if (enumerator)
        fprintf(html->stream, "<td class=number>%lld</td>", (long long)enumerator->value);
    else
        fputs("<td class=number></td>", html->stream);
}

static void write_enumerators(const struct html *html, const struct type_change *type)
{
    size_t i;

    if (!type->enumerator_count)
        return;
    fputs("<table class=values><tr><th></th><th>value</th><th>old</th><th>new</th><th></th></tr>\n",
          html->stream);
    for (i = 0; i < type->enumerator_count; i++) {
        const struct enumerator_change *row = &type->enumerators[i];
        const struct enumerator *old = row->old_enumerator, *new = row->new_enumerator;

        fputs("<tr><td>", html->stream);
        html_mark(html, row->changes);
        html_print(html->stream, "</td><td><code>%s</code></td>", (new ? new : old)->name);
        write_value(html, old);
        write_value(html, new);
        html_print(html->stream, "<td class=faint>%s</td></tr>\n",
                   old && !new && type->decision.kind == DECISION_AUTOMATIC
                       ? "where it is met, the update is refused" : "");
    }
    fputs("</table>\n", html->stream);
}

/* ---- Types ----------------------------------------------------------------------------------- */

static void write_sizes(const struct html *html, const struct type *old, const struct type *new)
{
    if (old && new && old->size != new->size)
        html_print(html->stream, "<span class=size>%llu &rarr; %llu bytes</span>",
                   (unsigned long long)old->size, (unsigned long long)new->size);
    else
        html_print(html->stream, "<span class=size>%llu byte%s</span>",
                   (unsigned long long)(new ? new : old)->size,
                   (new ? new : old)->size == 1 ? "" : "s");
}

/* The variables behind which the transformer looks at objects of the type. */
static void write_visitors(const struct html *html, const struct type_change *type)
{
    const struct diff *diff = html->diff;
    const char *before = "; looked at from ";
    size_t i, j;

    for (i = 0; type->new_type && i < diff->variable_count; i++) {
        const struct variable_change *variable = &diff->variables[i];

        for (j = 0; j < variable->walked_count; j++)
            if (type_strip(variable->walked[j]->new_view.type) == type->new_type)
                break;
        if (j == variable->walked_count || !variable->new_key)
            continue;
        html_print(html->stream, "%s<code>%s</code>", before, variable->new_key);
        before = ", ";
    }
}

static void write_about(const struct html *html, const struct type_change *type)
{
    const char *old = type->old_text, *new = type->new_text;

    fputs("<p class=about>", html->stream);
    if (type->reached_by)
        html_print(html->stream, "reached by <code>%s</code>", type->reached_by);
    else
        fputs("nothing that is migrated holds one", html->stream);
    write_visitors(html, type);
    if (type->old_type && (!type->new_type || type->changes)) {
        fputs("<span class=place>", html->stream);
        html_place(html, &type->old_type->place);
        fputs("</span>", html->stream);
    }
    if (type->new_type) {
        html_print(html->stream, "<span class=place>%s",
                   type->old_type && type->changes ? "\xe2\x86\x92 " : "");
        html_place(html, &type->new_type->place);
        fputs("</span>", html->stream);
    }
    fputs("</p>\n", html->stream);
    if (old && new && strcmp(old, new) != 0)
        html_print(html->stream, "<p class=about><code>%s</code> &rarr; <code>%s</code></p>\n",
                   old[0] ? old : "not annotated", new[0] ? new : "not annotated");
    else if ((new ? new : old) && (new ? new : old)[0])
        html_print(html->stream, "<p class=about><code>%s</code></p>\n", new ? new : old);
}

static const char *kind_class(unsigned changes)
{
    return changes & CHANGE_ADDED ? "added" : changes & CHANGE_GONE ? "gone"
           : changes ? "changed" : "same";
}

static void write_type(const struct html *html, const struct type_change *type)
{
    const char *name = type->new_name ? type->new_name : type->old_name;
    bool is_compared = type->changes && type->old_type && type->new_type;

    html_print(html->stream, "<details class=\"type is-%s\" id=\"type-%zu\" data-name=\"%s%s%s\"%s>"
               "<summary>", kind_class(type->changes), (size_t)(type - html->diff->types),
               type->old_name ? type->old_name : "", type->old_name && type->new_name ? " " : "",
               type->new_name ? type->new_name : "", is_compared ? " open" : "");
    html_mark(html, type->changes);
    if (type->changes & CHANGE_NAME)
        html_print(html->stream, " <code>%s</code> &rarr;", type->old_name);
    html_print(html->stream, " <code>%s</code> ", name);
    write_sizes(html, type->old_type, type->new_type);
    fputs(" <span class=verdict>", html->stream);
    html_decision(html, &type->decision, NULL);
    fputs("</span></summary>\n", html->stream);
    write_about(html, type);
    write_layout(html, type);
    write_enumerators(html, type);
    fputs("</details>\n", html->stream);
}

/* Those whose class this is; in their order. */
static size_t write_types(const struct html *html, const char *class)
{
    size_t i, count = 0;

    for (i = 0; i < html->diff->type_count; i++)
        if (strcmp(kind_class(html->diff->types[i].changes), class) == 0) {
            write_type(html, &html->diff->types[i]);
            count++;
        }
    return count;
}

static void write_index(const struct html *html)
{
    const struct diff *diff = html->diff;
    size_t i;

    fputs("<p class=index>", html->stream);
    for (i = 0; i < diff->type_count; i++) {
        const struct type_change *type = &diff->types[i];

        if (!type->changes)
            continue;
        html_print(html->stream, "<a class=\"%s\" href=\"#type-%zu\">%s</a>\n",
                   kind_class(type->changes), i, type->new_name ? type->new_name : type->old_name);
    }
    fputs("</p>\n", html->stream);
}

static void write_legend(const struct html *html)
{
    int flow;

    fputs("<p class=legend>", html->stream);
    for (flow = FLOW_NONE + 1; flow < FLOW_COUNT; flow++)
        html_print(html->stream, "<span><b class=\"%s\"></b>%s</span>\n", flow_class(flow),
                   flow_words(flow));
    fputs("<span><b class=\"box padding\"></b>padding</span>\n"
          "<span class=words>offset, size (<i>b</i>: bits), and where in its eight-byte word</span></p>\n",
          html->stream);
}

void html_types(const struct html *html)
{
    const struct tally *tally = &html->diff->type_tally;
    size_t same = tally->total - tally->changed - tally->added;

    fputs("<section id=types><h2>Types</h2>\n", html->stream);
    if (tally->changed || tally->added || tally->gone) {
        write_index(html);
        write_legend(html);
    }
    write_types(html, "changed");
    write_types(html, "added");
    write_types(html, "gone");
    if (same) {
        html_print(html->stream, "<details class=others><summary>%zu as before</summary>\n", same);
        write_types(html, "same");
        fputs("</details>\n", html->stream);
    }
    fputs("</section>\n", html->stream);
}
