/* way_back.h -- what stands against a rollback, in words; told by the tool, which need not
 * disturb the program for it, and by the runtime, which checks again. */
#ifndef KITSUNE_RUNTIME_WAY_BACK_H
#define KITSUNE_RUNTIME_WAY_BACK_H

#include <stdbool.h>
#include <sys/types.h>

/* What the status says of it. */
#define ROLLBACK_READY "ready"
#define ROLLBACK_LACKS_TRANSFORMER "transformer missing"
#define ROLLBACK_NOT_KEPT "not kept"

struct way_back {
    pid_t pid;
    const char *running_path, *running_build_id;
    const char *path, *build_id; /* of the version before; NULL: there is none */
    bool is_kept;
    bool has_transformer;        /* or does without one */
};

/* NULL: nothing; else malloc. */
char *way_back_refusal(const struct way_back *way);

#endif
