/* test_model_main.c -- builds the sample program in all settings, runs the suites, cleans up. */
#include "test_model.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

const struct setting settings[] = {
    {"gcc -gdwarf-5 -O0", false, true, true, false},
    {"gcc -gdwarf-5 -O1 -gz=zlib", true, true, true, false},
    {"gcc -gdwarf-5 -O2", true, true, true, false},
    {"gcc -gdwarf-5 -O3", true, true, true, false},
    {"gcc -gdwarf-5 -O2 -gdwarf64", true, true, true, false},
    {"gcc -gdwarf-5 -O0 -fdebug-types-section", false, true, true, true},
    {"gcc -gdwarf-5 -O0 -flto", false, true, true, false},
    {"gcc -gdwarf-5 -O2 -flto", true, true, true, false},
    {"gcc -gdwarf-5 -O3 -flto=2 -flto-partition=max", true, true, true, false},
    {"gcc -gdwarf-4 -O0", false, true, false, false},
    {"gcc -gdwarf-4 -O2 -flto", true, true, false, false},
    {"gcc -gdwarf-4 -O2 -fdebug-types-section", true, true, false, true},
    {"gcc -gdwarf-4 -O1 -gz=zlib-gnu", true, true, false, false},
    {"gcc -gdwarf-3 -gstrict-dwarf -O0", false, false, false, false},
    {"gcc -gdwarf-5 -O2 -fcommon -ffunction-sections -fdata-sections -Wl,--gc-sections", true, true,
     true, false},
    {"clang -gdwarf-5 -O0", false, true, true, false},
    {"clang -gdwarf-5 -O1 -gz", true, true, true, false},
    {"clang -gdwarf-5 -O2", true, true, true, false},
    {"clang -gdwarf-5 -O3", true, true, true, false},
    {"clang -gdwarf-4 -O0", false, true, false, false},
    {"clang -gdwarf-4 -O2", true, true, false, false},
};
const int setting_count = sizeof settings / sizeof settings[0];

/* Read by AddressSanitizer when the tests are built with it: its guess at what lies before the
 * thread-local block of a library that dlopen() brought in makes its leak check crash. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "intercept_tls_get_addr=0";
}

static char folder[] = "/tmp/test-model-XXXXXX";

const char *test_folder(void)
{
    return folder;
}

const char *sample_path(int setting)
{
    static char path[100];

    snprintf(path, sizeof path, "%s/sample-%d.so", folder, setting);
    return path;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* Each build is a process of its own; two at a time are what small machines can do. */
static int build_samples(void)
{
    char *command;
    int setting, status = 0;

    for (setting = 0; setting < setting_count && status == 0; setting++) {
        if (asprintf(&command,
                     "cd " SAMPLE " && %s -w -fPIC -fvisibility=hidden -shared -Wl,--build-id "
                     "-o %s main.c store.c cache.c",
                     settings[setting].command, sample_path(setting)) < 0)
            return -1;
        status = system(command);
        if (status)
            fprintf(stderr, "cannot build the sample program: %s\n", command);
        free(command);
    }
    return status;
}

int main(int argc, char **argv)
{
    SRunner *runner;
    int failed, total;

    if (!mkdtemp(folder)) {
        perror("mkdtemp");
        return EXIT_FAILURE;
    }
    if (build_samples() != 0) {
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        printf("0 passed, 1 failed\n");
        return EXIT_FAILURE;
    }
    runner = srunner_create(suite_types());
    srunner_add_suite(runner, suite_variables());
    srunner_add_suite(runner, suite_units());
    srunner_add_suite(runner, suite_annotations());
    srunner_add_suite(runner, suite_failures());
    srunner_add_suite(runner, suite_text());
    srunner_add_suite(runner, suite_places());
    srunner_add_suite(runner, suite_companion());
    if (argc > 1)
        srunner_run(runner, NULL, argv[1], CK_NORMAL); /* one test case by its name */
    else
        srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    total = srunner_ntests_run(runner);
    srunner_free(runner);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
