/* generate.c -- makes one case of the property test.
 *
 *      generate SEED DIRECTORY [TYPES]
 *
 * writes into the directory, for each version K and the next one N of the ring,
 *
 *      vK/app.c      the program: types, a random state, descriptions of it
 *      K-N.xf        the rules that lead to the next version
 *
 * and prints how many versions there are.  TYPES: how many structs at most; a failing case is
 * looked for with fewer of them.
 */
#include "schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static FILE *create(const char *path)
{
    FILE *file = fopen(path, "w");

    if (!file) {
        fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    return file;
}

static void finish(FILE *file, const char *path)
{
    if (fclose(file) != 0) {
        fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
        exit(1);
    }
}

static void write_program(const struct schema *schema, const char *directory, int index)
{
    int next = (index + 1) % schema->version_count;
    char path[4096];
    FILE *out;

    snprintf(path, sizeof path, "%s/v%d", directory, index);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/v%d/app.c", directory, index);
    out = create(path);
    fprintf(out, "/* seed %llu, version %d */\n#include <kitsune.h>\n\n#include <string.h>\n\n"
                 "#include \"program.h\"\n\n", (unsigned long long)schema->seed, index);
    write_declarations(out, &schema->versions[index]);
    write_build(out, schema, index);
    write_walk(out, schema, index, index);
    if (next != index)
        write_walk(out, schema, index, next);
    fprintf(out, "int main(int argc, char **argv)\n{\n"
                 "    const struct property_version version = {\n"
                 "        .index = %d, .next_index = %d, .next = \"./v%d.so\",\n"
                 "        .build = build_root, .clear = clear_root,\n"
                 "        .describe = describe_root_as_%d, .describe_as_next = "
                 "describe_root_as_%d,\n    };\n\n"
                 "    kitsune_do_automigrate();\n    for (;;) {\n"
                 "        kitsune_update(\"turn\");\n"
                 "        property_turn(&version, argc, argv);\n    }\n}\n",
            index, next, next, index, next);
    finish(out, path);
}

static void write_way(const struct schema *schema, const char *directory, int index)
{
    int next = (index + 1) % schema->version_count;
    char path[4096];
    FILE *out;

    snprintf(path, sizeof path, "%s/%d-%d.xf", directory, index, next);
    out = create(path);
    write_rules(out, schema, index, next);
    finish(out, path);
}

int main(int argc, char **argv)
{
    static struct schema schema;

    if (argc < 3) {
        fprintf(stderr, "usage: generate SEED DIRECTORY [TYPES]\n");
        return 2;
    }
    schema.seed = strtoull(argv[1], NULL, 10);
    schema.limit = argc > 3 ? atoi(argv[3]) : MOST_RECORDS - 2;
    chance_begin(schema.seed);
    schema.version_count = percent(80) ? 2 : 3;
    schema.change_rate = (int[]){10, 30, 60}[below(3)];
    schema.code_rate = percent(40) ? 0 : 10 + below(40);
    if (schema.limit < 1 || schema.limit > MOST_RECORDS)
        schema.limit = MOST_RECORDS - 2;
    invent(&schema);
    for (int i = 1; i < schema.version_count; i++)
        evolve(&schema, &schema.versions[i - 1], &schema.versions[i]);
    find_what_lasts(&schema);
    for (int i = 0; i < schema.version_count; i++) {
        write_program(&schema, argv[2], i);
        write_way(&schema, argv[2], i);
    }
    printf("%d\n", schema.version_count);
    return 0;
}
