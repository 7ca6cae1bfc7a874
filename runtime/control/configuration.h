/* configuration.h -- what people set once instead of at every command.
 *
 * Read in this order, the later one wins:
 *
 *      defaults
 *      /etc/kitsune.conf                    the system's ($KITSUNE_SYSTEM_CONFIG: another file)
 *      $XDG_CONFIG_HOME/kitsune.conf        the user's, else ~/.config/kitsune.conf
 *      KITSUNE_TIMEOUT, KITSUNE_REHEARSE    the environment: the key in capitals
 *      --timeout, --rehearse                the tool's options
 *
 * In a file, `key = value` lines; those under [program PATTERN] are for programs whose version's
 * file name matches the shell pattern.  Who may write to a file that is read here decides what a
 * program loads, so a file that others could have written is refused.  A setuid program believes
 * the system's file alone.
 *
 * Used by the tool, which puts what concerns the update into its request, and by the running
 * program, for requests that come without options (SIGUSR2, its own wish) and for what it loads:
 * see settings.h.  man 5 kitsune.conf is the reference.
 */
#ifndef KITSUNE_RUNTIME_CONFIGURATION_H
#define KITSUNE_RUNTIME_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

enum configuration_key {
    KEY_TIMEOUT,
    KEY_QUIESCE_TIMEOUT,
    KEY_REHEARSE,
    KEY_PROBATION,
    KEY_KEEP_PREVIOUS,
    KEY_TRUSTED_KEYS,
    KEY_REQUIRE_SIGNATURE,
    KEY_ALLOW_OTHERS_FILES,
    KEY_COUNT,
};

enum { PUBLIC_KEY_SIZE = 32 }; /* Ed25519 */

struct string_list {
    char **items;
    size_t count;
};

struct configuration {
    double timeout;         /* seconds */
    double quiesce_timeout; /* 0: as long as timeout */
    bool rehearse;
    double probation;       /* 0: none */
    bool keep_previous;
    struct string_list trusted_keys;
    unsigned char (*public_keys)[PUBLIC_KEY_SIZE]; /* that these are, or lead to */
    size_t public_key_count;
    bool require_signature;
    bool allow_others_files;
    /* Where each value comes from: "/etc/kitsune.conf:3", "KITSUNE_TIMEOUT", "--timeout"; NULL:
     * the default. */
    char *origins[KEY_COUNT];
    bool is_home_closed; /* a folder on the way to the user's file cannot be searched */
};

enum configuration_result {
    CONFIGURATION_READ,
    CONFIGURATION_WRONG,      /* something in it, or who may write to it */
    CONFIGURATION_UNREADABLE, /* a file is there, but closed to us */
};

/* For the program whose version is the file `program_path` (NULL: no program).  When it is not
 * read, *message (malloc; may have several lines) says why, and nothing needs freeing. */
enum configuration_result configuration_read(struct configuration *configuration,
                                             const char *program_path, char **message);
void configuration_free(struct configuration *configuration);

/* The same for one value, as an option gives it.  False with a message (malloc). */
bool configuration_set(struct configuration *configuration, enum configuration_key key,
                       const char *value, const char *origin, char **message);

/* From the request to the update point: its own, or else the update's. */
double configuration_quiesce_timeout(const struct configuration *configuration);

/* "timeout"; what it is for, in some words; and its value in effect (malloc). */
const char *configuration_key_name(enum configuration_key key);
const char *configuration_key_summary(enum configuration_key key);
char *configuration_key_value(const struct configuration *configuration,
                              enum configuration_key key);
/* Where the files are looked for; malloc; NULL: nowhere. */
char *configuration_system_path(void);
char *configuration_user_path(void);

/* ---- configuration_file.c -------------------------------------------------------------------- */

/* Reads one file into what is there already; a missing one changes nothing. */
enum configuration_result configuration_read_file(struct configuration *configuration,
                                                  const char *path, const char *program_path,
                                                  char **message);

/* ---- public_keys.c --------------------------------------------------------------------------- */

/* Fills in the public keys; configuration_read does it when signatures are required. */
enum configuration_result configuration_read_keys(struct configuration *configuration,
                                                  char **message);

/* ---- configuration.c, for configuration_file.c ----------------------------------------------- */

extern const char *const configuration_key_names[KEY_COUNT];
/* A value that goes on in a further line.  False: this key has one value. */
bool configuration_extend(struct configuration *configuration, enum configuration_key key,
                          const char *value);

#endif
