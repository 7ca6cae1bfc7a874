/* check_pointers.c -- pointers to pointers that will have to be decided.
 *
 * `struct entry **buckets` leads to one pointer or to many, and no update can do without knowing
 * which as soon as struct entry changes.  Then it is too late: the annotations of the running
 * version are the ones that count.  So of one version alone it is asked for beforehand; of two,
 * the matcher says where it matters.
 */
#include "readiness.h"

/* Of the program's own; what a library declares does not change with the program. */
static const struct type *own_type(const struct type *type)
{
    while (type && (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED))
        type = type->target;
    return type && (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && !type->from_system &&
                   !type->incomplete
               ? type : NULL;
}

static void check_pointer(struct readiness *check, const struct conversion *conversion)
{
    const struct conversion *beyond = conversion->pair->conversion;
    const struct type *type =
        beyond && beyond->kind == CONVERT_POINTER ? own_type(beyond->pair->old_view.type) : NULL;
    struct messages *messages = &check->messages[SUBJECT_DATA];

    if (!type || conversion->length || conversion->says_single || conversion->link)
        return;
    report_at(messages, SEVERITY_WARNING, conversion->where.file, conversion->where.line,
              "'%s' leads to one pointer or to many: when '%s' changes in some release, the update "
              "to it has to know", conversion->path, beyond->pair->name);
    report_help(messages, "annotate it before this version is in use: E_PTRARRAY(length) when it "
                "leads to many, E_PTR when it leads to one");
}

static void check_conversion(struct readiness *check, const struct conversion *conversion)
{
    size_t i;

    if (!conversion)
        return;
    if (conversion->kind == CONVERT_POINTER && conversion->pair && conversion->path)
        check_pointer(check, conversion);
    check_conversion(check, conversion->element);
    for (i = 0; i < conversion->member_count; i++)
        check_conversion(check, conversion->members[i].conversion);
}

void check_pointers(struct readiness *check)
{
    const struct pair *pair;
    size_t i;

    if (!check->plan || !check_is_single(check))
        return;
    for (pair = check->plan->pairs; pair; pair = pair->next)
        if (!pair->layout_only)
            check_conversion(check, pair->conversion);
    for (i = 0; i < check->plan->variable_count; i++)
        check_conversion(check, check->plan->variables[i].conversion);
    for (i = 0; i < check->plan->local_count; i++)
        check_conversion(check, check->plan->locals[i].conversion);
}
