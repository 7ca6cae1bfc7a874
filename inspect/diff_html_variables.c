/* diff_html_variables.c -- variables, what an update looks at behind each, and functions. */
#include "diff_html.h"

#include <string.h>

/* ---- Variables ------------------------------------------------------------------------------- */

static bool is_shown(const struct variable_change *variable)
{
    return variable->changes || variable->is_rewritten || variable->walk == WALK_FOLLOWED ||
           variable->decision.kind == DECISION_NEEDED;
}

static void write_either(const struct html *html, const char *old, const char *new)
{
    if (old && new && strcmp(old, new) == 0)
        html_print(html->stream, "<code>%s</code>", new);
    else if (old && new)
        html_print(html->stream, "<code class=gone>%s</code><br>&rarr; <code class=added>%s</code>",
                   old, new);
    else
        html_print(html->stream, "<code>%s</code>", new ? new : old);
}

static void write_storage(const struct html *html, const struct variable_change *variable)
{
    const char *old = variable->old_storage, *new = variable->new_storage;

    if (old && new && strcmp(old, new) != 0)
        html_print(html->stream, "<div class=faint>%s &rarr; %s</div>", old[0] ? old : "variable",
                   new[0] ? new : "variable");
    else if ((new ? new : old) && (new ? new : old)[0])
        html_print(html->stream, "<div class=faint>%s</div>", new ? new : old);
}

static void write_walked(const struct html *html, const struct variable_change *variable,
                         bool rebuilt, const char *words)
{
    size_t i;

    for (i = 0; i < variable->walked_count; i++)
        if (variable->walked[i]->changes == rebuilt) {
            html_print(html->stream, "%s <code>%s</code>", words, variable->walked[i]->name);
            words = ",";
        }
    if (strcmp(words, ",") == 0)
        fputs("<br>", html->stream);
}

static void write_walk(const struct html *html, const struct variable_change *variable)
{
    if (variable->walk == WALK_NEVER)
        fputs("<span class=faint>not walked: nothing reachable from it changed</span>",
              html->stream);
    write_walked(html, variable, true, "converts");
    write_walked(html, variable, false, "looks through");
}

static void write_variable(const struct html *html, const struct variable_change *variable)
{
    const char *origin = !variable->origin ? NULL
                         : arena_format(html->diff->arena, "%s %s",
                                        variable->new_key ? "from" : "to", variable->origin);

    html_print(html->stream, "<tr data-name=\"%s %s\"><td>",
               variable->old_key ? variable->old_key : "",
               variable->new_key ? variable->new_key : "");
    html_mark(html, variable->changes);
    fputs("</td><td>", html->stream);
    write_either(html, variable->old_key, variable->new_key);
    fputs("<div class=place>", html->stream);
    html_place(html, variable->new_key ? &variable->new_place : &variable->old_place);
    fputs("</div></td><td>", html->stream);
    write_either(html, variable->old_text, variable->new_text);
    write_storage(html, variable);
    fputs("</td><td>", html->stream);
    html_decision(html, &variable->decision, origin);
    fputs("</td><td>", html->stream);
    write_walk(html, variable);
    fputs("</td></tr>\n", html->stream);
}

static void write_variables(const struct html *html, bool shown)
{
    size_t i;

    fputs("<table class=list><tr><th></th><th>variable</th><th>declaration</th><th>its value</th>"
          "<th>behind it</th></tr>\n", html->stream);
    for (i = 0; i < html->diff->variable_count; i++)
        if (is_shown(&html->diff->variables[i]) == shown)
            write_variable(html, &html->diff->variables[i]);
    fputs("</table>\n", html->stream);
}

void html_variables(const struct html *html)
{
    size_t i, shown = 0, total = html->diff->variable_count;

    for (i = 0; i < total; i++)
        shown += is_shown(&html->diff->variables[i]);
    if (!total)
        return;
    fputs("<section id=variables><h2>Variables</h2>\n", html->stream);
    if (shown)
        write_variables(html, true);
    if (total > shown) {
        html_print(html->stream, "<details class=others><summary>%zu as before, with nothing "
                   "behind %s that changed</summary>\n", total - shown,
                   total - shown == 1 ? "it" : "them");
        write_variables(html, false);
        fputs("</details>\n", html->stream);
    }
    fputs("</section>\n", html->stream);
}

/* ---- Functions ------------------------------------------------------------------------------- */

static void write_function(const struct html *html, const struct function_change *function)
{
    const struct function *old = function->old_function, *new = function->new_function;

    html_print(html->stream, "<tr data-name=\"%s %s\"><td>", old ? old->key : "",
               new ? new->key : "");
    html_mark(html, function->changes);
    fputs("</td><td>", html->stream);
    write_either(html, old ? old->key : NULL, new ? new->key : NULL);
    fputs("<div class=place>", html->stream);
    html_place(html, &(new ? new : old)->place);
    fputs("</div></td><td>", html->stream);
    write_either(html, function->old_text, function->new_text);
    html_print(html->stream, "</td><td class=number>%s%s%s bytes</td></tr>\n",
               old ? arena_format(html->diff->arena, "%llu", (unsigned long long)old->size) : "",
               old && new ? " \xe2\x86\x92 " : "",
               new ? arena_format(html->diff->arena, "%llu", (unsigned long long)new->size) : "");
}

/* Each function is in the first group that it belongs to. */
static const struct { unsigned changes; const char *words; } groups[] = {
    {CHANGE_TYPE, "of another type"},
    {CHANGE_NAME, "of another name"},
    {CHANGE_GONE, "gone"},
    {CHANGE_ADDED, "added"},
    {CHANGE_PLACE, "in another file"},
    {CHANGE_SIZE, "of another size"},
    {~0u, "of the same type and size"},
};

static size_t group_of(unsigned changes)
{
    size_t group = 0;

    while (groups[group].changes != ~0u && !(groups[group].changes & changes))
        group++;
    return group;
}

static void write_group(const struct html *html, size_t group)
{
    const struct diff *diff = html->diff;
    size_t i, count = 0;

    for (i = 0; i < diff->function_count; i++)
        count += group_of(diff->functions[i].changes) == group;
    if (!count)
        return;
    html_print(html->stream, "<details class=others%s><summary>%zu %s</summary>\n"
               "<table class=list><tr><th></th><th>function</th><th>declaration</th><th>code</th>"
               "</tr>\n", groups[group].changes & (CHANGE_TYPE | CHANGE_NAME) &&
               groups[group].changes != ~0u ? " open" : "", count, groups[group].words);
    for (i = 0; i < diff->function_count; i++)
        if (group_of(diff->functions[i].changes) == group)
            write_function(html, &diff->functions[i]);
    fputs("</table></details>\n", html->stream);
}

void html_functions(const struct html *html)
{
    size_t group;

    if (!html->diff->function_count)
        return;
    fputs("<section id=functions><h2>Functions</h2>\n", html->stream);
    for (group = 0; group < sizeof groups / sizeof groups[0]; group++)
        write_group(html, group);
    fputs("</section>\n", html->stream);
}
