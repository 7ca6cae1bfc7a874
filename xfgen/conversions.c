/* conversions.c -- building the tree of what is to be done for one value.
 *
 * Everything that cannot be decided is reported here, with the path from a root, the place in the
 * application's source, and the shortest rule or annotation that would decide it.
 */
#include "match.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

struct conversion *conversion_new(struct plan *plan, enum conversion_kind kind,
                                  struct view old_view, struct view new_view)
{
    struct conversion *conversion = arena_allocate(plan->arena, sizeof *conversion);

    memset(conversion, 0, sizeof *conversion);
    conversion->kind = kind;
    conversion->old_view = old_view;
    conversion->new_view = new_view;
    return conversion;
}

static struct conversion *undecided(struct building *at, struct view old_view,
                                    struct view new_view)
{
    at->plan->failed = true;
    return conversion_new(at->plan, CONVERT_NOTHING, old_view, new_view);
}

static const struct annotation *annotation_of_type(const struct type *type,
                                                   enum annotation_kind kind)
{
    const struct annotation *annotation;

    for (annotation = type->annotations; annotation; annotation = annotation->next)
        if (annotation->kind == kind)
            return annotation;
    return NULL;
}

/* ---- The user's code ---------------------------------------------------------------------------- */

static const char *identifier_from(struct plan *plan, const char *text)
{
    char *copy = arena_copy_string(plan->arena, text), *c;

    for (c = copy; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
            *c = '_';
    return copy;
}

struct conversion *conversion_from_rule(struct building *at, struct rule *rule,
                                        struct view old_view, struct view new_view)
{
    struct plan *plan = at->plan;
    struct conversion *conversion = conversion_new(plan, CONVERT_RULE, old_view, new_view);
    struct rule_function *function;

    conversion->rule = rule;
    conversion->changes = true;
    rule->used = true;
    function = arena_allocate(plan->arena, sizeof *function);
    memset(function, 0, sizeof *function);
    function->rule = rule;
    function->name = arena_format(plan->arena, "%s_%s_line_%d_%td",
                                  rule->kind == RULE_INIT ? "init" : "rule",
                                  identifier_from(plan, rule->new_path->text),
                                  rule->block->line,
                                  (ptrdiff_t)(plan->pair_count++));
    function->in = old_view;
    function->out = new_view;
    function->base = at->old_root;
    function->newbase = at->new_root;
    *plan->last_rule_function = function;
    plan->last_rule_function = &function->next;
    conversion->function = function;
    return conversion;
}

/* ---- Numbers and enums ------------------------------------------------------------------------ */

enum number_class { NUMBER_BOOL, NUMBER_SIGNED, NUMBER_UNSIGNED, NUMBER_FLOAT, NUMBER_OTHER };

static enum number_class number_class(const struct type *type)
{
    switch (type->encoding) {
    case DW_ATE_boolean:
        return NUMBER_BOOL;
    case DW_ATE_signed:
    case DW_ATE_signed_char:
        return NUMBER_SIGNED;
    case DW_ATE_unsigned:
    case DW_ATE_unsigned_char:
    case DW_ATE_UTF:
        return NUMBER_UNSIGNED;
    case DW_ATE_float:
        return NUMBER_FLOAT;
    default:
        return NUMBER_OTHER;
    }
}

/* Can every value of `from` be held by `to`? */
static bool number_fits(const struct type *from, const struct type *to)
{
    enum number_class source = number_class(from), target = number_class(to);
    uint64_t mantissa = to->size == 4 ? 3 : to->size == 8 ? 6 : 8; /* whole bytes of integer */

    if (source == NUMBER_OTHER || target == NUMBER_OTHER)
        return source == target && from->size == to->size;
    if (source == NUMBER_BOOL)
        return true;
    switch (target) {
    case NUMBER_SIGNED:
        return source == NUMBER_SIGNED ? from->size <= to->size
                                       : source == NUMBER_UNSIGNED && from->size < to->size;
    case NUMBER_UNSIGNED:
        return source == NUMBER_UNSIGNED && from->size <= to->size;
    case NUMBER_FLOAT:
        return source == NUMBER_FLOAT ? from->size <= to->size : from->size <= mantissa;
    default:
        return false;
    }
}

static bool same_enumerators(const struct type *old_type, const struct type *new_type)
{
    size_t i, j;

    for (i = 0; i < old_type->enumerator_count; i++) {
        for (j = 0; j < new_type->enumerator_count; j++)
            if (strcmp(old_type->enumerators[i].name, new_type->enumerators[j].name) == 0)
                break;
        if (j == new_type->enumerator_count ||
            old_type->enumerators[i].value != new_type->enumerators[j].value)
            return false;
    }
    return old_type->size == new_type->size;
}

static struct conversion *convert_number(struct building *at, struct view old_view,
                                         struct view new_view, struct view old_seen,
                                         struct view new_seen, struct source_place where)
{
    struct type *old_type = old_view.type, *new_type = new_view.type;
    struct conversion *conversion;

    if (old_type->kind == TYPE_ENUM && new_type->kind == TYPE_ENUM) {
        conversion = conversion_new(at->plan, CONVERT_COPY, old_view, new_view);
        if (!same_enumerators(old_type, new_type)) {
            conversion->kind = CONVERT_ENUM;
            conversion->changes = true;
        }
        return conversion;
    }
    if (number_fits(old_type, new_type) ||
        (old_type->size == new_type->size &&
         (old_type->kind == TYPE_ENUM || new_type->kind == TYPE_ENUM))) {
        bool same = old_type->size == new_type->size &&
                    (number_class(old_type) == number_class(new_type) ||
                     old_type->kind == TYPE_ENUM || new_type->kind == TYPE_ENUM);

        conversion = conversion_new(at->plan, same ? CONVERT_COPY : CONVERT_NUMBER, old_view,
                                    new_view);
        conversion->changes = !same;
        return conversion;
    }
    report_at(at->plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' changes from '%s' to '%s', which does not hold every value of the old type",
              at->path, view_name(at->plan, old_seen), view_name(at->plan, new_seen));
    report_help(at->plan->messages, "write a rule: OLD -> NEW: { $out = $in; }  (check the range "
                "first, FAIL \"...\" when it does not fit)");
    return undecided(at, old_view, new_view);
}

/* ---- Pointers --------------------------------------------------------------------------------- */

static bool is_character(const struct type *type)
{
    return type->kind == TYPE_BASE && type->size == 1 && number_class(type) != NUMBER_BOOL;
}

/* E_OPAQUE on the type that a pointer leads to, at its definition or at this use. */
static bool is_opaque_pointee(struct plan *plan, struct view pointer)
{
    struct view target = view_target(plan, pointer);

    if (view_annotation(target, ANNOTATION_OPAQUE))
        return true;
    target = view_pointee(plan, pointer);
    return !target.is_opaque && annotation_of_type(target.type, ANNOTATION_OPAQUE);
}

static struct conversion *convert_pointer(struct building *at, struct view old_view,
                                          struct view new_view, struct source_place where)
{
    struct plan *plan = at->plan;
    struct view old_pointee = view_pointee(plan, old_view);
    struct view new_pointee = view_pointee(plan, new_view);
    struct conversion *conversion = conversion_new(plan, CONVERT_COPY, old_view, new_view);
    struct type *old_type = old_pointee.type, *new_type = new_pointee.type;
    struct building beyond = *at;

    if (old_pointee.is_opaque || new_pointee.is_opaque)
        return conversion;
    if (view_annotation(old_view, ANNOTATION_CONTAINER) ||
        view_annotation(new_view, ANNOTATION_CONTAINER)) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s': E_CONTAINER is not supported yet", at->path);
        report_help(plan->messages, "write a rule for it that rebuilds the links");
        return undecided(at, old_view, new_view);
    }
    if (is_opaque_pointee(plan, old_view) || is_opaque_pointee(plan, new_view)) {
        conversion->kind = CONVERT_KEEP; /* not followed; a variable of that type is still found */
        return conversion;
    }
    if (old_type->kind == TYPE_VOID || new_type->kind == TYPE_VOID) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' is a void *: what it leads to is not known", at->path);
        report_help(plan->messages, "annotate it: E_T(type) when it leads to one type, E_OPAQUE "
                    "when it must not be followed; or write a rule for it");
        return undecided(at, old_view, new_view);
    }
    if (old_type->kind == TYPE_FUNCTION || new_type->kind == TYPE_FUNCTION) {
        if (old_type->kind != new_type->kind) {
            report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                      "'%s' changes between a pointer to code and one to data: write a rule",
                      at->path);
            return undecided(at, old_view, new_view);
        }
        conversion->kind = CONVERT_FUNCTION;
        return conversion;
    }
    if (is_character(old_type) && is_character(new_type)) {
        conversion->kind = CONVERT_STRING;
        return conversion;
    }
    if ((old_type->incomplete || old_type->from_system) &&
        (new_type->incomplete || new_type->from_system) &&
        (old_type->kind == TYPE_STRUCT || old_type->kind == TYPE_UNION)) {
        conversion->kind = CONVERT_KEEP; /* it belongs to a library */
        return conversion;
    }
    conversion->kind = CONVERT_POINTER;
    conversion->length = view_annotation(old_view, ANNOTATION_PTRARRAY);
    beyond.path = arena_format(plan->arena, "%s%s", conversion->length ? "" : "*", at->path);
    if (conversion->length)
        beyond.path = arena_format(plan->arena, "%s[]", at->path);
    conversion->pair = pair_get(&beyond, old_pointee, new_pointee);
    if (conversion->length)
        conversion->pair->reached_array = true;
    else
        conversion->pair->reached_single = true;
    return conversion;
}

/* ---- Arrays ----------------------------------------------------------------------------------- */

static struct conversion *convert_array(struct building *at, struct view old_view,
                                        struct view new_view, const struct place *old_places,
                                        const struct place *new_places, struct source_place where)
{
    struct plan *plan = at->plan;
    struct conversion *conversion = conversion_new(plan, CONVERT_ARRAY, old_view, new_view);
    struct building inside = *at;

    if (new_view.type->count < old_view.type->count && !new_view.type->is_flexible) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' shrinks from %llu to %llu elements: some would be lost", at->path,
                  (unsigned long long)old_view.type->count,
                  (unsigned long long)new_view.type->count);
        report_help(plan->messages, "write a rule that says which to keep");
        return undecided(at, old_view, new_view);
    }
    inside.path = arena_format(plan->arena, "%s[]", at->path);
    conversion->length = view_annotation(old_view, ANNOTATION_ARRAY);
    conversion->element = conversion_build(&inside, view_target(plan, old_view),
                                           view_target(plan, new_view), old_places, new_places,
                                           where);
    conversion->changes = conversion->element->changes ||
                          old_view.type->count != new_view.type->count;
    return conversion;
}

/* ---- Structs and unions by value -------------------------------------------------------------- */

static bool has_pointer(struct type *type)
{
    size_t i;

    type = type_strip(type);
    if (type->kind == TYPE_POINTER)
        return true;
    if (type->kind == TYPE_ARRAY)
        return has_pointer(type->target);
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION)
        for (i = 0; i < type->member_count; i++)
            if (has_pointer(type->members[i].type))
                return true;
    return false;
}

bool same_representation(struct type *old_type, struct type *new_type)
{
    size_t i;

    old_type = type_strip(old_type);
    new_type = type_strip(new_type);
    if (old_type->kind != new_type->kind || old_type->size != new_type->size)
        return false;
    switch (old_type->kind) {
    case TYPE_BASE:
        return number_class(old_type) == number_class(new_type);
    case TYPE_ENUM:
        return same_enumerators(old_type, new_type);
    case TYPE_ARRAY:
        return old_type->count == new_type->count &&
               same_representation(old_type->target, new_type->target);
    case TYPE_STRUCT:
    case TYPE_UNION:
        if (old_type->member_count != new_type->member_count)
            return false;
        for (i = 0; i < old_type->member_count; i++) {
            struct member *old_member = &old_type->members[i], *new_member = &new_type->members[i];

            if (old_member->offset != new_member->offset ||
                old_member->bit_size != new_member->bit_size ||
                old_member->bit_offset != new_member->bit_offset ||
                !old_member->name != !new_member->name ||
                (old_member->name && strcmp(old_member->name, new_member->name) != 0) ||
                !same_representation(old_member->type, new_member->type))
                return false;
        }
        return true;
    default:
        return true;
    }
}

static struct conversion *convert_union(struct building *at, struct view old_view,
                                        struct view new_view, const struct place *old_places,
                                        const struct place *new_places, struct source_place where)
{
    struct plan *plan = at->plan;
    const struct annotation *tag = view_annotation(old_view, ANNOTATION_TAGGED);
    struct conversion *conversion;

    if (!tag)
        tag = annotation_of_type(old_view.type, ANNOTATION_TAGGED);
    if (!has_pointer(old_view.type) && same_representation(old_view.type, new_view.type))
        return conversion_new(plan, CONVERT_COPY, old_view, new_view);
    if (!tag) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' is a union%s: which member is live is not known", at->path,
                  has_pointer(old_view.type) ? " with pointers in it" : " that changes");
        report_help(plan->messages, "annotate it E_TAGGED(expression), whose value is the live "
                    "member's position counted from 0; or E_OPAQUE to copy the bits; or write a "
                    "rule for it");
        return undecided(at, old_view, new_view);
    }
    conversion = members_build(at, old_view, new_view, old_places, new_places);
    conversion->kind = CONVERT_TAGGED;
    conversion->length = tag;
    return conversion;
}

static bool variable_rules_inside(struct plan *plan, const struct place *new_places)
{
    const struct rule *rule;
    const struct place *place;

    for (place = new_places; place; place = place->next)
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->new_path->root == place->root && rule->new_path->member_count &&
                strcmp(rule->new_path->name, place->name) == 0) {
                const char *members = path_members(plan, rule->new_path);
                size_t length = strlen(place->members);

                if (!length || (strncmp(members, place->members, length) == 0 &&
                                members[length] == '.'))
                    return true;
            }
    return false;
}

static bool names_agree(const struct type *old_type, const struct type *new_type)
{
    if (!old_type->name || !new_type->name)
        return old_type->name == new_type->name || !old_type->name || !new_type->name;
    return strcmp(old_type->name, new_type->name) == 0;
}

static struct conversion *convert_structure(struct building *at, struct view old_view,
                                            struct view new_view, const struct place *old_places,
                                            const struct place *new_places, bool renamed,
                                            struct source_place where)
{
    struct plan *plan = at->plan;
    struct conversion *conversion;

    if (!renamed && !names_agree(old_view.type, new_view.type)) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' changes from '%s' to '%s'", at->path, view_name(plan, old_view),
                  view_name(plan, new_view));
        report_help(plan->messages, "when it is the same type under a new name, write: %s -> %s",
                    view_name(plan, old_view), view_name(plan, new_view));
        return undecided(at, old_view, new_view);
    }
    if (new_view.type->from_system && old_view.type->from_system &&
        old_view.type->size == new_view.type->size)
        return conversion_new(plan, CONVERT_COPY, old_view, new_view);
    if (old_view.type->kind == TYPE_UNION && !old_view.type->name)
        return convert_union(at, old_view, new_view, old_places, new_places, where);
    if (view_annotation(old_view, ANNOTATION_TAGGED) ||
        annotation_of_type(old_view.type, ANNOTATION_TAGGED))
        return convert_union(at, old_view, new_view, old_places, new_places, where);
    if (variable_rules_inside(plan, new_places) || (!old_view.type->name && !new_view.type->name))
        return members_build(at, old_view, new_view, old_places, new_places);
    conversion = conversion_new(plan, CONVERT_PAIR, old_view, new_view);
    conversion->pair = pair_get(at, old_view, new_view);
    return conversion;
}

/* ---- One value -------------------------------------------------------------------------------- */

static struct conversion *opaque_copy(struct building *at, struct view old_view,
                                      struct view new_view, struct source_place where)
{
    if (type_strip(old_view.type)->size == type_strip(new_view.type)->size)
        return conversion_new(at->plan, CONVERT_COPY, old_view, new_view);
    report_at(at->plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' is E_OPAQUE, but its size changes from %llu to %llu bytes: write a rule",
              at->path, (unsigned long long)type_strip(old_view.type)->size,
              (unsigned long long)type_strip(new_view.type)->size);
    return undecided(at, old_view, new_view);
}

static bool is_number(const struct type *type)
{
    return type->kind == TYPE_BASE || type->kind == TYPE_ENUM;
}

struct conversion *conversion_build(struct building *at, struct view old_seen,
                                    struct view new_seen, const struct place *old_places,
                                    const struct place *new_places, struct source_place where)
{
    struct plan *plan = at->plan;
    struct view old_view, new_view;
    struct rule *rule = NULL;

    if (!old_seen.is_opaque && !new_seen.is_opaque)
        rule = rule_for_type(plan, old_seen.type, new_seen.type);
    if (rule && rule->kind == RULE_CONVERT) {
        struct building inside = *at;

        inside.old_root = old_seen;
        inside.new_root = new_seen;
        return conversion_from_rule(&inside, rule, old_seen, new_seen);
    }
    old_view = view_resolve(plan, old_seen);
    new_view = view_resolve(plan, new_seen);
    if (old_view.is_opaque || new_view.is_opaque)
        return conversion_new(plan, CONVERT_COPY, old_view, new_view);
    if (view_annotation(new_view, ANNOTATION_IGNORE) || view_annotation(old_view, ANNOTATION_IGNORE))
        return conversion_new(plan, CONVERT_NOTHING, old_view, new_view);
    if (view_annotation(old_view, ANNOTATION_OPAQUE) || view_annotation(new_view, ANNOTATION_OPAQUE) ||
        annotation_of_type(new_view.type, ANNOTATION_OPAQUE))
        return opaque_copy(at, old_view, new_view, where);
    if (is_number(old_view.type) && is_number(new_view.type))
        return convert_number(at, old_view, new_view, old_seen, new_seen, where);
    if (old_view.type->kind == new_view.type->kind)
        switch (new_view.type->kind) {
        case TYPE_POINTER:
            return convert_pointer(at, old_view, new_view, where);
        case TYPE_ARRAY:
            return convert_array(at, old_view, new_view, old_places, new_places, where);
        case TYPE_STRUCT:
        case TYPE_UNION:
            return convert_structure(at, old_view, new_view, old_places, new_places, rule != NULL,
                                     where);
        default:
            break;
        }
    report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' changes from '%s' to '%s': no conversion is known", at->path,
              view_name(plan, old_seen), view_name(plan, new_seen));
    report_help(plan->messages, "write a rule: OLD -> NEW: { $out = ...$in...; }");
    return undecided(at, old_view, new_view);
}

/* ---- Pairs ------------------------------------------------------------------------------------ */

static unsigned hash_text(const char *text)
{
    unsigned hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static struct pair *pair_find(struct plan *plan, struct view old_view, struct view new_view,
                              unsigned *bucket)
{
    const char *old_identity = view_identity(plan, old_view);
    const char *new_identity = view_identity(plan, new_view);
    struct pair *pair;

    *bucket = (hash_text(old_identity) * 31 + hash_text(new_identity)) % 1024;
    for (pair = plan->pair_buckets[*bucket]; pair; pair = pair->bucket_next)
        if (strcmp(view_identity(plan, pair->old_view), old_identity) == 0 &&
            strcmp(view_identity(plan, pair->new_view), new_identity) == 0)
            return pair;
    return NULL;
}

static const char *pair_identifier(struct plan *plan, struct view new_view)
{
    const char *name = identifier_from(plan, view_name(plan, new_view));
    const struct pair *pair;

    for (pair = plan->pairs; pair; pair = pair->next)
        if (strcmp(pair->identifier, name) == 0)
            return arena_format(plan->arena, "%s_%d", name, plan->pair_count++);
    return name;
}

static struct pair *pair_find_or_add(struct building *at, struct view old_view,
                                     struct view new_view)
{
    struct plan *plan = at->plan;
    unsigned bucket;
    struct pair *pair = pair_find(plan, old_view, new_view, &bucket);

    if (pair)
        return pair;
    pair = arena_allocate(plan->arena, sizeof *pair);
    memset(pair, 0, sizeof *pair);
    pair->old_view = old_view;
    pair->new_view = new_view;
    pair->name = view_name(plan, old_view);
    pair->identifier = pair_identifier(plan, new_view);
    pair->reached_by = at->path;
    pair->layout_only = true;
    pair->bucket_next = plan->pair_buckets[bucket];
    plan->pair_buckets[bucket] = pair;
    *plan->last_pair = pair;
    plan->last_pair = &pair->next;
    plan->pair_count++;
    return pair;
}

struct pair *pair_get(struct building *at, struct view old_view, struct view new_view)
{
    struct pair *pair = pair_find_or_add(at, old_view, new_view);

    if (pair->layout_only) {
        pair->layout_only = false;
        pair->reached_by = at->path;
    }
    return pair;
}

struct pair *pair_layout(struct building *at, struct view old_view, struct view new_view,
                         uint64_t *count)
{
    struct view old_resolved = view_resolve(at->plan, old_view);
    struct view new_resolved = view_resolve(at->plan, new_view);

    *count = 1;
    while (!old_resolved.is_opaque && !new_resolved.is_opaque &&
           old_resolved.type->kind == TYPE_ARRAY && new_resolved.type->kind == TYPE_ARRAY) {
        uint64_t smaller = old_resolved.type->count < new_resolved.type->count
                               ? old_resolved.type->count : new_resolved.type->count;

        *count *= smaller;
        old_resolved = view_resolve(at->plan, view_target(at->plan, old_resolved));
        new_resolved = view_resolve(at->plan, view_target(at->plan, new_resolved));
    }
    if (old_resolved.is_opaque || new_resolved.is_opaque ||
        old_resolved.type->kind != new_resolved.type->kind || !old_resolved.type->size ||
        !new_resolved.type->size)
        return NULL;
    if (old_resolved.type->kind != TYPE_STRUCT && old_resolved.type->kind != TYPE_UNION &&
        old_resolved.type->size != new_resolved.type->size)
        return NULL;
    return pair_find_or_add(at, old_resolved, new_resolved);
}

/* Every root by which rules may name a struct: its tag and all typedefs of it. */
static const struct place *places_of_structure(struct plan *plan, const struct program *program,
                                               struct type *type)
{
    const struct place *places = places_of_type(plan, type, NULL);
    size_t i;

    for (i = 0; i < program->type_count; i++)
        if (program->types[i]->kind == TYPE_TYPEDEF && type_strip(program->types[i]) == type)
            places = place_add(plan, ROOT_TYPEDEF, program->types[i]->name, places);
    return places;
}

/* A type rule may name the struct by any of its typedefs. */
static struct rule *rule_for_structure(struct plan *plan, const struct place *old_places,
                                       const struct place *new_places)
{
    const struct place *old_place, *new_place;
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_CONVERT)
            for (new_place = new_places; new_place; new_place = new_place->next)
                for (old_place = old_places; old_place; old_place = old_place->next)
                    if (path_is(rule->new_path, new_place->root, new_place->name, "") &&
                        path_is(rule->old_path, old_place->root, old_place->name, ""))
                        return rule;
    return NULL;
}

static void pair_build(struct plan *plan, struct pair *pair)
{
    struct building at = {plan, pair->reached_by, pair->old_view, pair->new_view};
    struct type *old_type = pair->old_view.type, *new_type = pair->new_view.type;
    const struct place *old_places, *new_places;
    struct rule *rule;

    pair->is_built = true;
    if ((old_type->kind != TYPE_STRUCT && old_type->kind != TYPE_UNION) ||
        old_type->kind != new_type->kind) {
        pair->conversion = conversion_build(&at, pair->old_view, pair->new_view, NULL, NULL,
                                            new_type->place);
        return;
    }
    old_places = places_of_structure(plan, plan->old_program, old_type);
    new_places = places_of_structure(plan, plan->new_program, new_type);
    pair->custom = annotation_of_type(new_type, ANNOTATION_CUSTOM);
    rule = rule_for_structure(plan, old_places, new_places);
    if (rule) {
        pair->conversion = conversion_from_rule(&at, rule, pair->old_view, pair->new_view);
        return;
    }
    if (!names_agree(old_type, new_type) && !rule_for_type(plan, old_type, new_type)) {
        report_at(plan->messages, SEVERITY_ERROR, new_type->place.file, new_type->place.line,
                  "'%s' changes from '%s' to '%s'", pair->reached_by,
                  view_name(plan, pair->old_view), view_name(plan, pair->new_view));
        report_help(plan->messages, "when it is the same type under a new name, write: %s -> %s",
                    view_name(plan, pair->old_view), view_name(plan, pair->new_view));
        pair->conversion = undecided(&at, pair->old_view, pair->new_view);
        return;
    }
    if (annotation_of_type(new_type, ANNOTATION_OPAQUE))
        pair->conversion = opaque_copy(&at, pair->old_view, pair->new_view, new_type->place);
    else if (old_type->kind == TYPE_UNION)
        pair->conversion = convert_union(&at, pair->old_view, pair->new_view, old_places,
                                         new_places, new_type->place);
    else
        pair->conversion = members_build(&at, pair->old_view, pair->new_view, old_places,
                                         new_places);
}

void pairs_build(struct plan *plan)
{
    struct pair *pair;
    bool again = true;

    while (again) { /* building one finds others */
        again = false;
        for (pair = plan->pairs; pair; pair = pair->next)
            if (!pair->is_built && !pair->layout_only) {
                pair_build(plan, pair);
                again = true;
            }
    }
}
