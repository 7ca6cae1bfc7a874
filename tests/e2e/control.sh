#!/bin/bash
# The control section of the API: update points, requests from within, and what new code sees.
. "$(dirname "$0")/../lib/harness.sh"

scene "an update from within" <<'END'
@v1
static void begin(void)
{
    EXPECT(!kitsune_is_updating());
    EXPECT(!kitsune_is_updating_from("scene"));
    kitsune_update("scene"); /* nobody asked: returns at once */
    EXPECT(!kitsune_is_updating());
}
@v2
static void verify(void)
{
    EXPECT(!kitsune_is_updating());
    EXPECT(!kitsune_is_updating_from("scene"));
    kitsune_update("scene"); /* an ordinary point again */
    EXPECT(!kitsune_is_updating());
}
END

scene "on the way to the update point" <<'END'
@common
#define OWN_MAIN
@v1
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("second");
    EXPECT(!"reached");
    return 1;
}
@v2
int main(void)
{
    EXPECT(kitsune_is_updating());
    EXPECT(kitsune_is_updating_from("second"));
    EXPECT(!kitsune_is_updating_from("first"));
    EXPECT(!kitsune_is_updating_from("secon"));
    kitsune_update("first"); /* passes through */
    EXPECT(kitsune_is_updating());
    EXPECT(kitsune_is_updating_from("second"));
    char same[] = {'s', 'e', 'c', 'o', 'n', 'd', 0};
    kitsune_update(same); /* the name counts, not its address */
    EXPECT(!kitsune_is_updating());
    EXPECT(!kitsune_is_updating_from("second"));
    printf("scene ends\n");
    return 0;
}
END

scene "the next version's path is copied" <<'END'
@common
#define OWN_MAIN
@v1
int main(void)
{
    char path[32] = "./v2.so";
    kitsune_set_next_version("./nowhere.so");
    kitsune_set_next_version(path); /* the last one counts */
    memset(path, 'x', sizeof path - 1);
    kitsune_signal_update();
    kitsune_update("here");
    EXPECT(!"reached");
    return 1;
}
@v2
int main(void)
{
    kitsune_update("here");
    printf("scene ends\n");
    return 0;
}
END

scene "a request withdrawn" <<'END'
@common
#define OWN_MAIN
static int rounds;
@v1
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_clear_request();
    kitsune_update("here");
    EXPECT(!kitsune_is_updating());
    rounds = 1;
    kitsune_signal_update(); /* the path is still known */
    kitsune_update("here");
    EXPECT(!"reached");
    return rounds;
}
@v2
int main(void)
{
    kitsune_do_automigrate();
    EXPECT(rounds == 1);
    kitsune_update("here");
    printf("scene ends\n");
    return 0;
}
END

scene "an update deep in the call stack" <<'END'
@common
#define OWN_MAIN
static int depth;
@v1
__attribute__((noinline)) static int dive(int levels)
{
    depth++;
    if (levels == 0)
        kitsune_update("deep");
    else
        dive(levels - 1);
    return depth--;
}
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    dive(1000);
    EXPECT(!"reached");
    return 1;
}
@v2
int main(void)
{
    kitsune_do_automigrate();
    EXPECT(depth == 1001);
    kitsune_update("deep");
    printf("scene ends\n");
    return 0;
}
END

scene "standard streams, environment and arguments stay" <<'END'
@common
#define OWN_MAIN
@v1
int main(int argc, char **argv)
{
    EXPECT(argc == 1);
    EXPECT(strstr(argv[0], "v1.so") != NULL);
    EXPECT(argv[argc] == NULL);
    setenv("SCENE", "kept", 1);
    printf("half a line, ");
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(int argc, char **argv)
{
    printf("completed\n");
    kitsune_update("here");
    EXPECT(argc == 1);
    EXPECT(argv[0] != NULL);
    EXPECT(argv[argc] == NULL);
    EXPECT(strcmp(getenv("SCENE"), "kept") == 0);
    printf("scene ends\n");
    return 0;
}
END

# ---- Arguments, input and exit status ------------------------------------------------------------

mkdir -p plain
cat >plain/app.c <<'END'
#include "scene.h"
int main(int argc, char **argv)
{
    kitsune_do_automigrate(); /* does nothing in a fresh start */
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    int letter;
    while ((letter = getchar()) != EOF)
        putchar(letter);
    if (argc > 1 && strcmp(argv[1], "exit") == 0)
        exit(9);
    if (argc > 1 && strcmp(argv[1], "abort") == 0)
        abort();
    return argc > 1 ? atoi(argv[1]) : 0;
}
END
check "a version without an update point builds" build_version plain -DVERSION=1
expect_error "main's status is the program's" 7 '^argument 1: 7$' kitsune run ./plain.so 7
expect_error "exit's status is the program's" 9 'exit' kitsune run ./plain.so exit
expect_output "arguments arrive as they were given" '^argument 3: --help \* "x"$' \
    kitsune run ./plain.so 0 --rehearse '--help * "x"'
check_equal "standard input arrives" "through" "$(echo through | kitsune run ./plain.so)"
kitsune run ./plain.so abort </dev/null >/dev/null 2>&1
check_equal "a signal's death is the program's" $((128 + 6)) $?

scene "ends" <<'END'
@common
#define OWN_MAIN
@v1
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(void)
{
    kitsune_update("here");
    if (getenv("EXIT_STATUS"))
        exit(atoi(getenv("EXIT_STATUS")));
    printf("scene ends\n");
    return getenv("RETURN_STATUS") ? atoi(getenv("RETURN_STATUS")) : 0;
}
END
expect_error "the new version's exit status is the program's" 23 '' \
    env EXIT_STATUS=23 kitsune run ./v1.so
expect_error "what the new version's main returns is the program's status" 24 '^scene ends$' \
    env RETURN_STATUS=24 kitsune run ./v1.so

# ---- Without the driver --------------------------------------------------------------------------

check "the header works with an ordinary compiler" \
    gcc -Wall -Wextra -Werror -DVERSION=2 -I"$build/include" -I"$root/tests/lib" -fsyntax-only \
    plain/app.c
check "with KITSUNE_OFF a program needs no library" \
    gcc -DVERSION=1 -DKITSUNE_OFF -I"$build/include" -I"$root/tests/lib" plain/app.c -o plain-program
expect_error "and runs by itself" 5 '^argument 1: 5$' ./plain-program 5
for header in ktthreads.h kitsunemisc.h; do
    printf '#include <%s>\nint main(void) { return kitsune_is_updating(); }\n' $header >forward.c
    check "$header leads to kitsune.h" kitcc -c forward.c -o forward.o
done

end_of_test
