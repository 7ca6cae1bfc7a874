/* configuration.c -- the keys, their values, and the order in which they are looked for. */
#include "control/configuration.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/message.h"

#define DEFAULT_TIMEOUT 30
#define LONGEST_TIME 1e6
static const char BLANKS[] = " \t\r\n";

enum value_kind { VALUE_TIME, VALUE_TIME_OR_NONE, VALUE_CHOICE, VALUE_LIST };

const char *const configuration_key_names[KEY_COUNT] = {
    [KEY_TIMEOUT] = "timeout",
    [KEY_QUIESCE_TIMEOUT] = "quiesce-timeout",
    [KEY_REHEARSE] = "rehearse",
    [KEY_PROBATION] = "probation",
    [KEY_KEEP_PREVIOUS] = "keep-previous",
    [KEY_TRUSTED_KEYS] = "trusted-keys",
    [KEY_REQUIRE_SIGNATURE] = "require-signature",
    [KEY_ALLOW_OTHERS_FILES] = "allow-others-files",
};

static const struct {
    enum value_kind kind;
    size_t offset; /* in struct configuration */
    const char *summary;
} keys[KEY_COUNT] = {
    [KEY_TIMEOUT] = {VALUE_TIME, offsetof(struct configuration, timeout),
                     "seconds that the new version may take to its update point"},
    [KEY_QUIESCE_TIMEOUT] = {VALUE_TIME, offsetof(struct configuration, quiesce_timeout),
                             "seconds that the program may take to an update point (as timeout)"},
    [KEY_REHEARSE] = {VALUE_CHOICE, offsetof(struct configuration, rehearse),
                      "try each update in a forked child first"},
    [KEY_PROBATION] = {VALUE_TIME_OR_NONE, offsetof(struct configuration, probation),
                       "seconds after an update in which the old version stands by"},
    [KEY_KEEP_PREVIOUS] = {VALUE_CHOICE, offsetof(struct configuration, keep_previous),
                           "keep the version that an update leaves in memory, for a rollback"},
    [KEY_TRUSTED_KEYS] = {VALUE_LIST, offsetof(struct configuration, trusted_keys),
                          "public keys, or files of them, that versions may be signed with"},
    [KEY_REQUIRE_SIGNATURE] = {VALUE_CHOICE, offsetof(struct configuration, require_signature),
                               "refuse what is not signed with a trusted key"},
    [KEY_ALLOW_OTHERS_FILES] = {VALUE_CHOICE, offsetof(struct configuration, allow_others_files),
                                "for development: load files that others own or can write to"},
};

const char *configuration_key_name(enum configuration_key key)
{
    return configuration_key_names[key];
}

const char *configuration_key_summary(enum configuration_key key)
{
    return keys[key].summary;
}

static void *value_of(const struct configuration *configuration, enum configuration_key key)
{
    return (char *)configuration + keys[key].offset;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* Each word is an item. */
static void list_add(struct string_list *list, const char *text)
{
    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        size_t length = strcspn(text, BLANKS);
        list->items = reallocate(list->items, (list->count + 1) * sizeof *list->items);
        list->items[list->count++] = message_format("%.*s", (int)length, text);
        text += length;
    }
}

static void list_free(struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct string_list){0};
}

/* ---- Values ---------------------------------------------------------------------------------- */

static bool read_time(const char *value, bool may_be_none, double *time)
{
    char *end;
    double seconds = strtod(value, &end);
    if (*end || end == value || !(seconds > 0 || (may_be_none && seconds == 0)) ||
        seconds >= LONGEST_TIME)
        return false;
    *time = seconds;
    return true;
}

static bool read_choice(const char *value, bool *choice)
{
    static const char *const words[][2] = {{"no", "yes"}, {"off", "on"}, {"false", "true"},
                                           {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int meaning = 0; meaning < 2; meaning++)
            if (strcasecmp(value, words[i][meaning]) == 0) {
                *choice = meaning;
                return true;
            }
    return false;
}

bool configuration_set(struct configuration *configuration, enum configuration_key key,
                       const char *value, const char *origin, char **message)
{
    void *place = value_of(configuration, key);
    *message = NULL;
    switch (keys[key].kind) {
    case VALUE_TIME:
        if (!read_time(value, false, place))
            *message = message_format("'%s' is no time in seconds", value);
        break;
    case VALUE_TIME_OR_NONE:
        if (!read_time(value, true, place))
            *message = message_format("'%s' is no time in seconds, nor 0 for none", value);
        break;
    case VALUE_CHOICE:
        if (!read_choice(value, place))
            *message = message_format("'%s' is neither yes nor no", value);
        break;
    case VALUE_LIST:
        list_free(place);
        list_add(place, value);
        break;
    }
    if (*message)
        return false;
    free(configuration->origins[key]);
    configuration->origins[key] = copy_string(origin);
    return true;
}

bool configuration_extend(struct configuration *configuration, enum configuration_key key,
                          const char *value)
{
    if (keys[key].kind != VALUE_LIST)
        return false;
    list_add(value_of(configuration, key), value);
    return true;
}

static char *joined(const struct string_list *list)
{
    char *text = copy_string("");
    for (size_t i = 0; i < list->count; i++) {
        char *longer = message_format("%s%s%s", text, i ? " " : "", list->items[i]);
        free(text);
        text = longer;
    }
    return text;
}

char *configuration_key_value(const struct configuration *configuration,
                              enum configuration_key key)
{
    const void *place = value_of(configuration, key);
    if (key == KEY_QUIESCE_TIMEOUT)
        return message_format("%g", configuration_quiesce_timeout(configuration));
    switch (keys[key].kind) {
    case VALUE_CHOICE:
        return copy_string(*(const bool *)place ? "yes" : "no");
    case VALUE_LIST:
        return joined(place);
    default:
        return message_format("%g", *(const double *)place);
    }
}

double configuration_quiesce_timeout(const struct configuration *configuration)
{
    return configuration->quiesce_timeout > 0 ? configuration->quiesce_timeout
                                              : configuration->timeout;
}

void configuration_free(struct configuration *configuration)
{
    list_free(&configuration->trusted_keys);
    free(configuration->public_keys);
    for (size_t i = 0; i < KEY_COUNT; i++)
        free(configuration->origins[i]);
    *configuration = (struct configuration){0};
}

/* ---- Where they come from -------------------------------------------------------------------- */

char *configuration_system_path(void)
{
    const char *chosen = secure_getenv("KITSUNE_SYSTEM_CONFIG");
    if (chosen)
        return *chosen ? copy_string(chosen) : NULL;
    return copy_string("/etc/kitsune.conf");
}

char *configuration_user_path(void)
{
    const char *folder = secure_getenv("XDG_CONFIG_HOME"), *home = secure_getenv("HOME");
    if (folder && *folder == '/')
        return message_format("%s/kitsune.conf", folder);
    return home && *home == '/' ? message_format("%s/.config/kitsune.conf", home) : NULL;
}

/* KITSUNE_QUIESCE_TIMEOUT for quiesce-timeout; malloc. */
static char *variable_name(enum configuration_key key)
{
    char *name = message_format("KITSUNE_%s", configuration_key_names[key]);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return name;
}

static bool read_environment(struct configuration *configuration, char **message)
{
    bool is_right = true;
    for (size_t key = 0; key < KEY_COUNT && is_right; key++) {
        char *name = variable_name(key), *wrong;
        const char *value = secure_getenv(name);
        if (value && *value && !configuration_set(configuration, key, value, name, &wrong)) {
            *message = message_format("the environment variable %s: %s", name, wrong);
            free(wrong);
            is_right = false;
        }
        free(name);
    }
    return is_right;
}

/* A service is often kept from the folders where people have their files. */
static bool is_out_of_reach(const char *path)
{
    struct stat status;
    return path && stat(path, &status) != 0 && errno == EACCES;
}

enum configuration_result configuration_read(struct configuration *configuration,
                                             const char *program_path, char **message)
{
    *configuration = (struct configuration){.timeout = DEFAULT_TIMEOUT,
                                             .keep_previous = true};
    *message = NULL;
    char *paths[] = {configuration_system_path(), configuration_user_path()};
    enum configuration_result result = CONFIGURATION_READ;
    configuration->is_home_closed = is_out_of_reach(paths[1]);
    if (configuration->is_home_closed) {
        free(paths[1]);
        paths[1] = NULL;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i] && result == CONFIGURATION_READ)
            result = configuration_read_file(configuration, paths[i], program_path, message);
        free(paths[i]);
    }
    if (result == CONFIGURATION_READ && !read_environment(configuration, message))
        result = CONFIGURATION_WRONG;
    if (result == CONFIGURATION_READ && configuration->require_signature)
        result = configuration_read_keys(configuration, message);
    if (result != CONFIGURATION_READ)
        configuration_free(configuration);
    return result;
}
