/* test_model_places.c -- wherever the debug information is and however it is written, the model is
 * the same: the sample program, built as usual, and its debug information then moved and packed.
 */
#include "test_model.h"

#include <stdio.h>
#include <unistd.h>

/* A way of building the sample and of treating what comes out, which is in the test's folder, as
 * placed.so; the same compiler and optimisation without the rest is what it is compared with. */
struct way {
    const char *compiler; /* and options that change the code */
    const char *options;  /* that change the debug information only */
    const char *treatment;
    bool merges_by_name;  /* see struct setting: then only the number of variables is compared */
};

#define KEEP_DEBUG "objcopy --only-keep-debug placed.so placed.debug && strip -g placed.so"

static const struct way ways[] = {
    {"gcc -O0", "-gdwarf-4", "true", false},
    {"gcc -O2", "-gdwarf-4", "true", false},
    {"gcc -O2", "-gz=zlib", "true", false},
    {"gcc -O2", "-gz=zlib-gnu -gdwarf-4", "true", false},
    {"gcc -O2", "-gdwarf64", "true", false},
    {"gcc -O2", "-fdebug-types-section", "true", true},
    /* split off */
    {"gcc -O2", "", KEEP_DEBUG " && objcopy --add-gnu-debuglink=placed.debug placed.so", false},
    {"gcc -O2", "", KEEP_DEBUG " && objcopy --add-gnu-debuglink=placed.debug placed.so && "
                    "mkdir -p .debug && mv placed.debug .debug/", false},
    {"gcc -O2", "", KEEP_DEBUG " && id=$(readelf -n placed.so | sed -n 's/.*Build ID: *//p') && "
                    "mkdir -p \"elsewhere/.build-id/${id%${id#??}}\" && "
                    "mv placed.debug \"elsewhere/.build-id/${id%${id#??}}/${id#??}.debug\"", false},
    {"gcc -O2", "", KEEP_DEBUG " && objcopy --add-gnu-debuglink=placed.debug placed.so && "
                    "mkdir -p \"elsewhere$PWD\" && mv placed.debug \"elsewhere$PWD/\"", false},
    {"gcc -O2", "", "objcopy --only-keep-debug placed.so placed.debug && strip placed.so && "
                    "objcopy --add-gnu-debuglink=placed.debug placed.so", false},
    {"gcc -O2", "", "eu-strip -f placed.debug placed.so", false},
    {"clang -O2", "-gz", KEEP_DEBUG " && objcopy --add-gnu-debuglink=placed.debug placed.so", false},
    /* dwz: what units have in common, and what files have in common */
    {"gcc -O0", "", "dwz placed.so", false},
    {"gcc -O2", "", "dwz placed.so", false},
    {"gcc -O2", "-gdwarf-4", "dwz placed.so", false},
    {"clang -O2", "-gdwarf-4", "dwz placed.so", false},
    {"gcc -O0", "", "cp placed.so again.so && dwz -m common.debug placed.so again.so", false},
    {"gcc -O2", "", "cp placed.so again.so && dwz -m common.debug placed.so again.so", false},
    {"gcc -O2", "-gdwarf-4", "cp placed.so again.so && dwz -m common.debug placed.so again.so", false},
    {"gcc -O2", "", "cp placed.so again.so && dwz -5 -m common.debug placed.so again.so", false},
    {"clang -O2", "-gdwarf-4", "cp placed.so again.so && dwz -m common.debug placed.so again.so", false},
    {"gcc -O2", "", KEEP_DEBUG " && objcopy --add-gnu-debuglink=placed.debug placed.so && "
                    "cp placed.debug again.debug && "
                    "dwz -m common.debug -M ../elsewhere/common.debug placed.debug again.debug && "
                    "mkdir -p ../elsewhere && mv common.debug ../elsewhere/", false},
    /* split in compilation */
    {"gcc -O0", "-gsplit-dwarf", "true", false},
    {"gcc -O2", "-gsplit-dwarf", "true", false},
    {"gcc -O2", "-gsplit-dwarf -gdwarf-4", "true", false},
    {"gcc -O3", "-gsplit-dwarf", "true", false},
    {"gcc -O2", "-gsplit-dwarf -fdebug-types-section", "true", true},
    {"gcc -O2", "-gsplit-dwarf -fdebug-types-section -gdwarf-4", "true", true},
    {"gcc -O2", "-gsplit-dwarf -gz=zlib", "true", false},
    {"clang -O0", "-gsplit-dwarf", "true", false},
    {"clang -O2", "-gsplit-dwarf", "true", false},
    {"clang -O2", "-gsplit-dwarf -gdwarf-4", "true", false},
    {"clang -O2", "-gsplit-dwarf=single", "true", false},
    {"clang -O2", "-gsplit-dwarf -fdebug-types-section", "true", true},
    {"gcc -O2", "-gsplit-dwarf", "mkdir moved && mv placed.so *.dwo moved/ && cp -r moved/. .", false},
    /* packages; binutils makes those of GNU's DWARF 4, LLVM both */
    {"gcc -O2", "-gsplit-dwarf -gdwarf-4", "dwp -o placed.so.dwp *.dwo && rm *.dwo", false},
    {"gcc -O2", "-gsplit-dwarf -gdwarf-4", "llvm-dwp-14 -o placed.so.dwp *.dwo && rm *.dwo", false},
    {"gcc -O2", "-gsplit-dwarf", "llvm-dwp-14 -o placed.so.dwp *.dwo && rm *.dwo", false},
    {"clang -O0", "-gsplit-dwarf", "llvm-dwp-14 -o placed.so.dwp *.dwo && rm *.dwo", false},
    {"clang -O2", "-gsplit-dwarf", "llvm-dwp-14 -o placed.so.dwp *.dwo && rm *.dwo", false},
    {"clang -O2", "-gsplit-dwarf -gdwarf-4", "dwp -o placed.so.dwp *.dwo && rm *.dwo", false},
    {"gcc -O2", "-gsplit-dwarf -fdebug-types-section -gdwarf-4",
     "dwp -o placed.so.dwp *.dwo && rm *.dwo", true},
    {"clang -O2", "-gsplit-dwarf -fdebug-types-section",
     "llvm-dwp-14 -o placed.so.dwp *.dwo && rm *.dwo", true},
};

/* One line for each variable, function, local and complete type, in an order that does not depend
 * on the order of units: types have numbers that do. */
static char *sorted_summary(const struct program *program, const char *name)
{
    char *path = in_folder(name), *command, *text = NULL, *at;
    FILE *stream = fopen(path, "w");
    size_t length = 0;

    model_print(program, stream);
    fclose(stream);
    /* Without the file's own path, numbers of types, and what gcc says in DWARF 5 only. */
    ck_assert_int_ge(asprintf(&command, "sed -E -e 1d -e 's/#[0-9]+//g' -e 's/_Atomic //' '%s' | "
                                        "sort", path), 0);
    stream = popen(command, "r");
    ck_assert_int_gt(getdelim(&text, &length, '\0', stream), 0);
    pclose(stream);
    free(command);
    free(path);
    for (at = text; (at = strstr(at, ", also ")); )
        memset(at, ' ', 7);
    return text;
}

static struct program *build(const char *name, const char *compiler, const char *options,
                             const char *treatment)
{
    char *path;
    struct program *program;

    run("rm -rf %s elsewhere && mkdir %s && cd %s && cp " SAMPLE "/*.[ch] . && "
        "for f in main store cache; do %s -g -gdwarf-5 -w -fPIC -fvisibility=hidden %s -c $f.c "
        "|| exit 1; done && %s -shared -Wl,--build-id %s -o placed.so main.o store.o cache.o && "
        "{ %s; }",
        name, name, name, compiler, options, compiler, options, treatment);
    ck_assert_int_ge(asprintf(&path, "%s/%s/placed.so", test_folder(), name), 0);
    program = load_or_fail(path);
    free(path);
    return program;
}

/* Built once; other ways with that compiler find it. */
static struct program *build_plain(const char *compiler)
{
    char *name = strdup(compiler), *path, *space;
    struct program *program;

    while ((space = strchr(name, ' ')))
        *space = '_';
    ck_assert_int_ge(asprintf(&path, "%s/%s/placed.so", test_folder(), name), 0);
    program = access(path, F_OK) == 0 ? load_or_fail(path) : build(name, compiler, "", "true");
    free(path);
    free(name);
    return program;
}

START_TEST(it_is_the_same_everywhere)
{
    const struct way *way = &ways[_i];
    struct program *plain, *placed;
    char *expected, *summary, *elsewhere;

    ck_assert_int_ge(asprintf(&elsewhere, "%s/way/elsewhere:/usr/lib/debug", test_folder()), 0);
    setenv("KITSUNE_DEBUG_PATH", elsewhere, 1);
    plain = build_plain(way->compiler);
    expected = sorted_summary(plain, "plain.txt");
    placed = build("way", way->compiler, way->options, way->treatment);
    summary = sorted_summary(placed, "placed.txt");
    ck_assert_uint_eq(placed->variable_count, plain->variable_count);
    ck_assert_uint_eq(placed->function_count, plain->function_count);
    if (!way->merges_by_name && strcmp(summary, expected) != 0) {
        run("mv plain.txt plain.way && mv placed.txt placed.way; for f in plain placed; do "
            "sed -E -e 1d -e 's/#[0-9]+//g' -e 's/_Atomic //' $f.way | sort > $f.txt; done; "
            "diff plain.txt placed.txt >&2 || true");
        ck_abort_msg("%s %s; %s", way->compiler, way->options, way->treatment);
    }
    free(expected);
    free(summary);
    free(elsewhere);
    model_free(plain);
    model_free(placed);
}
END_TEST

Suite *suite_places(void)
{
    Suite *suite = suite_create("places");
    TCase *places = tcase_create("places");

    tcase_set_timeout(places, 60);
    tcase_add_loop_test(places, it_is_the_same_everywhere, 0, sizeof ways / sizeof ways[0]);
    suite_add_tcase(suite, places);
    return suite;
}
