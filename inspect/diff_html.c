/* diff_html.c -- what changed, as one page for a browser. */
#include "diff_html.h"

#include <stdlib.h>
#include <string.h>

/* Made of diff_html.css and diff_html.js by part.mk. */
static const char style_sheet[] =
#include "diff_html_css.inc"
    ;
static const char script[] =
#include "diff_html_js.inc"
    ;

/* ---- What becomes of a member ---------------------------------------------------------------- */

static const struct { const char *class, *words; } flows[] = {
    [FLOW_NONE] = {"none", "nothing migrated holds it"},
    [FLOW_COPIED] = {"copied", "kept where it is"},
    [FLOW_MOVED] = {"moved", "moved"},
    [FLOW_RENAMED] = {"renamed", "renamed"},
    [FLOW_CONVERTED] = {"converted", "of another type, converted"},
    [FLOW_RULE] = {"rule", "by a rule"},
    [FLOW_INITIAL] = {"initial", "new: zero"},
    [FLOW_DROPPED] = {"dropped", "dropped"},
    [FLOW_NEEDED] = {"needed", "to be decided"},
};

const char *flow_class(enum flow flow)
{
    return flows[flow].class;
}

const char *flow_words(enum flow flow)
{
    return flows[flow].words;
}

enum flow flow_of(unsigned changes, const struct decision *decision)
{
    switch (decision->kind) {
    case DECISION_NEEDED:
        return FLOW_NEEDED;
    case DECISION_DROPPED:
        return FLOW_DROPPED;
    case DECISION_INITIAL:
        return FLOW_INITIAL;
    case DECISION_RULE:
        if (decision->rule && decision->rule->kind == RULE_DROP)
            return FLOW_DROPPED;
        if (!decision->rule || decision->rule->kind != RULE_RENAME)
            return FLOW_RULE;
        break;
    case DECISION_NONE:
        return FLOW_NONE;
    default:
        break;
    }
    if (changes & (CHANGE_ADDED | CHANGE_GONE))
        return decision->kind == DECISION_RULE ? FLOW_RENAMED : FLOW_NONE;
    return changes & (CHANGE_TYPE | CHANGE_SIZE | CHANGE_MEANING) ? FLOW_CONVERTED
           : changes & CHANGE_NAME ? FLOW_RENAMED
           : changes & CHANGE_PLACE ? FLOW_MOVED : FLOW_COPIED;
}

/* ---- Parts that the others use --------------------------------------------------------------- */

static void write_rule_place(const struct html *html, const struct rule *rule)
{
    int line = rule_line(html->diff, rule);

    html_print(html->stream, "<a class=rule href=\"#line-%d\">%s:%d</a>", line,
               file_name(html->diff->plan->spec->source->path), line);
}

void html_decision(const struct html *html, const struct decision *decision, const char *origin)
{
    const struct question *question = question_about(html->diff, decision->message);
    const char *how = decision->how ? decision->how : "", *before = "";

    if (decision->kind == DECISION_NEEDED) {
        if (question)
            html_print(html->stream, "<b class=needed>needs <a href=\"#question-%zu\">decision "
                       "%d</a></b>", (size_t)(question - html->diff->questions), question->number);
        else
            fputs("<b class=needed>needs a decision</b>", html->stream);
        return;
    }
    if (origin && decision->kind == DECISION_RULE) {
        html_print(html->stream, "<span>%s</span>", origin);
        before = ", ";
    }
    if (how[0]) {
        html_print(html->stream, "%s%s", before, how);
        before = ", ";
    }
    if (decision->rule) {
        html_print(html->stream, "%s", before);
        write_rule_place(html, decision->rule);
    } else if (question) {
        html_print(html->stream, " <a href=\"#question-%zu\">worth a look</a>",
                   (size_t)(question - html->diff->questions));
    }
}

void html_mark(const struct html *html, unsigned changes)
{
    const char *class = changes & CHANGE_ADDED ? "added" : changes & CHANGE_GONE ? "gone"
                        : changes ? "changed" : "same";

    html_print(html->stream, "<span class=\"mark %s\">%s</span>", class,
               changes & CHANGE_ADDED ? "+" : changes & CHANGE_GONE ? "\xe2\x88\x92"
               : changes ? "~" : " ");
}

void html_place(const struct html *html, const struct source_place *place)
{
    if (place->file)
        html_print(html->stream, "<span title=\"%s\">%s:%d</span>", place->file,
                   file_name(place->file), place->line);
}

/* ---- The summary ----------------------------------------------------------------------------- */

static void write_tally(const struct html *html, const char *word, const char *where,
                        const struct tally *tally, size_t resized)
{
    if (!tally->total && !tally->gone)
        return;
    html_print(html->stream, "<a class=tally href=\"#%s\"><b>%zu</b> %s%s<span>",
               where, tally->total, word, tally->total == 1 ? "" : "s");
    if (!tally->changed && !tally->added && !tally->gone && !resized)
        fputs("all as before", html->stream);
    if (tally->changed)
        html_print(html->stream, "<i class=changed>~%zu</i> ", tally->changed);
    if (tally->added)
        html_print(html->stream, "<i class=added>+%zu</i> ", tally->added);
    if (tally->gone)
        html_print(html->stream, "<i class=gone>\xe2\x88\x92%zu</i> ", tally->gone);
    if (resized)
        html_print(html->stream, "%zu of another size", resized);
    fputs("</span></a>\n", html->stream);
}

static void write_verdict(const struct html *html)
{
    const struct diff *diff = html->diff;
    size_t warnings = diff->question_count - diff->decisions_needed;
    bool is_open = diff->decisions_needed || diff->spec_errors;

    html_print(html->stream, "<p class=\"verdict %s\">", is_open ? "needed" : "decided");
    if (diff->spec_errors)
        html_print(html->stream, "%s has %zu error%s; rules with errors are left out. ",
                   file_name(diff->spec_path), diff->spec_errors,
                   diff->spec_errors == 1 ? "" : "s");
    if (diff->decisions_needed)
        html_print(html->stream, "<a href=\"#questions\">%zu thing%s a decision</a>",
                   diff->decisions_needed, diff->decisions_needed == 1 ? " needs" : "s need");
    else
        fputs(diff->spec_errors ? "Nothing else needs a decision" : "Nothing needs a decision",
              html->stream);
    if (warnings)
        html_print(html->stream, ", <a href=\"#warnings\">%zu %s worth a look</a>", warnings,
                   warnings == 1 ? "is" : "are");
    fputs(".</p>\n", html->stream);
}

static void write_version(const struct html *html, const struct program *program)
{
    html_print(html->stream, "<span class=version title=\"%s\">%s <small>%s</small></span>",
               program->path, file_name(program->path),
               program->build_id && program->build_id[0]
                   ? arena_format(html->diff->arena, "build %.8s", program->build_id)
                   : "no build ID");
}

static void write_summary(const struct html *html)
{
    const struct diff *diff = html->diff;
    const struct program *old = diff->plan->old_program, *new = diff->plan->new_program;

    fputs("<header><h1>", html->stream);
    write_version(html, old);
    fputs(" &rarr; ", html->stream);
    write_version(html, new);
    fputs("</h1>\n", html->stream);
    if (diff->spec_path)
        html_print(html->stream, "<p class=with>with the rules of <a href=\"#rules\">%s</a></p>\n",
                   file_name(diff->spec_path));
    if (old->build_id && new->build_id && strcmp(old->build_id, new->build_id) == 0)
        fputs("<p class=with>Both are the same build.</p>\n", html->stream);
    write_verdict(html);
    fputs("<nav>", html->stream);
    write_tally(html, "type", "types", &diff->type_tally, 0);
    write_tally(html, "variable", "variables", &diff->variable_tally, 0);
    write_tally(html, "constant", "variables", &diff->constant_tally, 0);
    write_tally(html, "noted local", "variables", &diff->local_tally, 0);
    write_tally(html, "function", "functions", &diff->function_tally, diff->functions_resized);
    fputs("</nav>\n"
          "<p id=tools hidden><input id=filter type=search placeholder=\"filter by name\" "
          "aria-label=\"filter by name\"> <button id=unfold>unfold all</button> "
          "<button id=fold>fold all</button></p>\n</header>\n", html->stream);
}

/* ---- What is to be decided ------------------------------------------------------------------- */

static void write_help(const struct html *html, const struct message_help *help)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream;

    if (help->kind != HELP_RULE) {
        html_print(html->stream, "<p>%s</p>\n", help->text);
        return;
    }
    html_print(html->stream, "<p>%s%s</p>\n<pre class=paste>",
               help->condition ? help->condition : "", help->condition ? ", write:" : "write:");
    stream = open_memstream(&text, &length);
    if (!stream)
        return;
    write_rule(stream, help->text, "", 98);
    fclose(stream);
    html_bytes(html->stream, text, length && text[length - 1] == '\n' ? length - 1 : length);
    fputs("</pre>\n", html->stream);
    free(text);
}

static void write_question(const struct html *html, const struct question *question)
{
    const struct message *message = question->message;
    const struct message_help *help;

    html_print(html->stream, "<article class=\"question %s\" id=\"question-%zu\"><h3>",
               question->number ? "error" : "warning", (size_t)(question - html->diff->questions));
    if (question->number)
        html_print(html->stream, "%d. ", question->number);
    html_print(html->stream, "%s", message->text);
    if (message->file) {
        fputs(" <span class=place>", html->stream);
        html_place(html, &(struct source_place){message->file, message->line});
        fputs("</span>", html->stream);
    }
    fputs("</h3>\n", html->stream);
    if (question->old_text && !has_one_declaration(question))
        html_print(html->stream, "<p><code class=gone>%s</code></p>\n", question->old_text);
    if (question->new_text)
        html_print(html->stream, "<p><code class=\"%s\">%s</code></p>\n",
                   has_one_declaration(question) ? "" : "added", question->new_text);
    for (help = message->helps; help; help = help->next)
        write_help(html, help);
    fputs("</article>\n", html->stream);
}

static void write_questions(const struct html *html)
{
    const struct diff *diff = html->diff;
    size_t i;

    if (diff->decisions_needed)
        fputs("<section id=questions><h2>Needs a decision</h2>\n", html->stream);
    for (i = 0; i < diff->decisions_needed; i++)
        write_question(html, &diff->questions[i]);
    if (diff->decisions_needed)
        fputs("</section>\n", html->stream);
    if (diff->question_count == diff->decisions_needed)
        return;
    fputs("<section id=warnings><h2>Worth a look</h2>\n", html->stream);
    for (; i < diff->question_count; i++)
        write_question(html, &diff->questions[i]);
    fputs("</section>\n", html->stream);
}

/* ---- The rules ------------------------------------------------------------------------------- */

static void write_rules(const struct html *html)
{
    const struct source *source = html->diff->plan->spec->source;
    size_t start, end, line = 0;

    if (!html->diff->spec_path || !source || !source->length)
        return;
    html_print(html->stream, "<section id=rules><h2>%s</h2>\n<pre class=source>",
               file_name(source->path));
    for (start = 0; start < source->length; start = end + 1) {
        const char *stop = memchr(source->text + start, '\n', source->length - start);

        end = stop ? (size_t)(stop - source->text) : source->length;
        html_print(html->stream, "<span id=\"line-%zu\">", ++line);
        html_bytes(html->stream, source->text + start, end - start);
        fputs("\n</span>", html->stream);
    }
    fputs("</pre></section>\n", html->stream);
}

/* ---- All ------------------------------------------------------------------------------------- */

void diff_write_html(struct diff *diff, FILE *stream)
{
    const struct html html = {diff, stream};

    html_print(stream, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
               "<meta name=viewport content=\"width=device-width\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
               "<title>%s to %s</title>\n<style>\n", file_name(diff->plan->old_program->path),
               file_name(diff->plan->new_program->path));
    fputs(style_sheet, stream);
    fputs("</style>\n</head>\n<body>\n", stream);
    write_summary(&html);
    fputs("<main>\n", stream);
    write_questions(&html);
    html_types(&html);
    html_variables(&html);
    html_functions(&html);
    write_rules(&html);
    fputs("</main>\n<footer>Written by <code>kitsune diff --html</code>.</footer>\n<script>\n",
          stream);
    fputs(script, stream);
    fputs("</script>\n</body>\n</html>\n", stream);
}
