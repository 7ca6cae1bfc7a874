/* inputs.c -- two versions and the rules between them, read and planned. */
#include "inputs.h"

#include "stubs.h"
#include "version.h"

#include <stdlib.h>

/* Names in a rule's code are looked up when it is written out. */
static void look_into_rules(struct plan *plan)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream;

    if (plan->failed || plan->messages->error_count)
        return;
    stream = open_memstream(&text, &length);
    if (!stream)
        return;
    emit_transformer(plan, stream, "transformer.c", false);
    fclose(stream);
    free(text);
}

bool inputs_load(struct inputs *inputs, const char *old_path, const char *new_path,
                 const char *spec_path)
{
    messages_init(&inputs->planning, stderr);
    messages_init(&inputs->spec_messages, stderr);
    inputs->planning.hold = true;
    inputs->spec_messages.hold = true;
    inputs->old_program = version_load(old_path, &inputs->planning);
    inputs->new_program = version_load(new_path, &inputs->planning);
    inputs->spec = spec_parse_file(spec_path, &inputs->spec_messages);
    if (!inputs->old_program || !inputs->new_program) {
        messages_print_held(&inputs->planning);
        return false;
    }
    if (inputs->spec_messages.first && inputs->spec_messages.first->subject == ABOUT_RUN) {
        messages_print_held(&inputs->spec_messages);
        return false; /* the spec is not there */
    }
    plan_check_names(inputs->old_program, inputs->new_program, inputs->spec,
                     &inputs->spec_messages);
    messages_print_held(&inputs->spec_messages);
    if (inputs->spec_messages.error_count) {
        inputs->set_aside = spec_set_aside(inputs->spec);
        inputs->is_set_aside = true;
    }
    inputs->plan = plan_make(inputs->old_program, inputs->new_program, inputs->spec,
                             &inputs->planning);
    look_into_rules(inputs->plan);
    report_stubs(inputs->plan);
    return true;
}

void inputs_free(struct inputs *inputs)
{
    plan_free(inputs->plan);
    if (inputs->is_set_aside)
        spec_restore(inputs->spec, &inputs->set_aside);
    messages_free(&inputs->planning);
    messages_free(&inputs->spec_messages);
    spec_free(inputs->spec);
    model_free(inputs->old_program);
    model_free(inputs->new_program);
}
