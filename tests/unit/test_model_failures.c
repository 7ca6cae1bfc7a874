/* test_model_failures.c -- files that cannot be loaded: each with its reason, none with a crash. */
#include "test_model.h"

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

static void check_message(const char *name, const char *part)
{
    char *path = name[0] == '/' ? strdup(name) : in_folder(name), *message = load_message(path);

    ck_assert_msg(strncmp(message, path, strlen(path)) == 0, "%s", message);
    ck_assert_msg(strstr(message, part) != NULL, "\"%s\" is not in: %s", part, message);
    ck_assert_ptr_null(strchr(message, '\n'));
    free(message);
    free(path);
}

static const char program_text[] =
    "struct list { struct list *next; int n; } *all; static int here; int add(int n)"
    " { static int sum; here++; return sum += n; } int main(void) { return add(1); }\n";

static void build(const char *options)
{
    write_in_folder("file.c", program_text);
    run("gcc -w -fPIC -Wl,--build-id %s -o file.so file.c", options);
}

static void patch(const char *name, long offset, const void *bytes, size_t size)
{
    char *path = in_folder(name);
    int descriptor = open(path, O_WRONLY);

    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(pwrite(descriptor, bytes, size, offset), (ssize_t)size);
    close(descriptor);
    free(path);
}

struct extent {
    long offset, size;
};

static struct extent section_of(const char *name, const char *section_name)
{
    char *path = in_folder(name);
    int descriptor = open(path, O_RDONLY);
    struct extent extent = {0, 0};
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    size_t names;
    Elf *elf;

    elf_version(EV_CURRENT);
    elf = elf_begin(descriptor, ELF_C_READ, NULL);
    ck_assert_ptr_nonnull(elf);
    ck_assert_int_eq(elf_getshdrstrndx(elf, &names), 0);
    while ((section = elf_nextscn(elf, section)))
        if (gelf_getshdr(section, &header) &&
            strcmp(elf_strptr(elf, names, header.sh_name), section_name) == 0)
            extent = (struct extent){(long)header.sh_offset, (long)header.sh_size};
    elf_end(elf);
    close(descriptor);
    free(path);
    return extent;
}

/* ---- Not a file for us --------------------------------------------------------------------- */

START_TEST(a_missing_file)
{
    check_message("missing.so", "cannot open it: No such file or directory");
}
END_TEST

START_TEST(a_folder)
{
    check_message(test_folder(), "not a regular file");
}
END_TEST

START_TEST(an_empty_file)
{
    write_in_folder("empty.so", "");
    check_message("empty.so", "the file is empty; build it again");
}
END_TEST

START_TEST(a_text_file)
{
    write_in_folder("text.so", "#!/bin/sh\n");
    check_message("text.so", "not an ELF file");
}
END_TEST

START_TEST(an_object_file)
{
    build("-g -c");
    check_message("file.so", "an object file, not a shared object; link it with kitcc -shared");
}
END_TEST

START_TEST(an_executable)
{
    build("-g -no-pie");
    check_message("file.so", "an executable, not a shared object");
    build("-g -pie");
    check_message("file.so", "an executable, not a shared object");
}
END_TEST

START_TEST(another_machine)
{
    uint16_t machine = EM_68K;

    build("-g -shared");
    patch("file.so", offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
    check_message("file.so", "built for another kind of machine");
    build("-g -shared");
    patch("file.so", EI_CLASS, &(char){ELFCLASS32}, 1);
    check_message("file.so", "another kind of machine");
}
END_TEST

/* ---- Something is missing ------------------------------------------------------------------ */

START_TEST(no_build_id)
{
    build("-g -shared -Wl,--build-id=none");
    check_message("file.so", "link with kitcc, or -Wl,--build-id");
}
END_TEST

START_TEST(no_debug_information)
{
    build("-shared");
    check_message("file.so", "no debug information; compile with kitcc, or add -g");
}
END_TEST

START_TEST(only_line_numbers)
{
    write_in_folder("file.c", "void f(void) {}\n");
    run("gcc -g1 -fPIC -shared -Wl,--build-id -o file.so file.c");
    check_message("file.so", "has no types (-g1?)");
}
END_TEST

START_TEST(debug_information_split_off)
{
    build("-g -shared");
    run("objcopy --only-keep-debug file.so file.debug && objcopy --strip-debug "
        "--add-gnu-debuglink=file.debug file.so && rm file.debug");
    check_message("file.so", "it was split off into another file, file.debug, which is neither "
                             "beside it nor below");
    build("-g -shared");
    run("objcopy --only-keep-debug file.so file.debug");
    write_in_folder("file.c", "int other;\n");
    run("gcc -g -fPIC -shared -Wl,--build-id -o file.so file.c && "
        "objcopy --strip-debug --add-gnu-debuglink=file.debug file.so");
    check_message("file.so", "is not the file with it: it is of another build");
    run("rm file.debug");
}
END_TEST

START_TEST(split_debug_information_is_missing)
{
    build("-g -c -gsplit-dwarf");
    run("gcc -shared -Wl,--build-id -o split.so file.so && mv file.dwo away.dwo");
    check_message("split.so", "part of its debug information is in file.dwo (-gsplit-dwarf), "
                              "which is neither where it was made");
    run("sed -i s/add/sub/ file.c && gcc -w -g -O1 -fPIC -c -gsplit-dwarf -o file.so file.c");
    check_message("split.so", "is not the file.dwo that was made with this program");
    run("echo > file.dwo");
    check_message("split.so", "in file.dwo: not an ELF");
    run("rm -f file.dwo");
}
END_TEST

START_TEST(unknown_compression)
{
    struct extent extent;

    build("-g -shared -gz=zlib");
    extent = section_of("file.so", ".debug_info");
    ck_assert_int_gt(extent.size, 0);
    patch("file.so", extent.offset, &(uint32_t){77}, sizeof(uint32_t)); /* ch_type */
    check_message("file.so", "compile and link with -gz=zlib");
}
END_TEST

/* ---- Damage -------------------------------------------------------------------------------- */

static long file_size(const char *name)
{
    char *path = in_folder(name);
    FILE *stream = fopen(path, "r");
    long size;

    ck_assert_ptr_nonnull(stream);
    fseek(stream, 0, SEEK_END);
    size = ftell(stream);
    fclose(stream);
    free(path);
    return size;
}

START_TEST(truncated_anywhere)
{
    static const char *const reasons[] = {"truncated", "not an ELF file", "cut off or damaged",
                                          "the file is empty"};
    long size, length;

    build("-g -shared");
    size = file_size("file.so");
    for (length = 0; length < size; length += size / 37) {
        char *path = in_folder("cut.so"), *message;
        size_t i;

        run("head -c %ld file.so > cut.so", length);
        message = load_message(path);
        for (i = 0; i < 4 && !strstr(message, reasons[i]);)
            i++;
        ck_assert_msg(i < 4, "cut to %ld bytes: %s", length, message);
        free(message);
        free(path);
    }
    run("head -c %ld file.so > cut.so", size - 1);
    check_message("cut.so", "truncated");
}
END_TEST

START_TEST(damaged_debug_information_is_called_corrupt)
{
    struct extent extent;
    char zeros[64] = {0};

    build("-g -shared");
    extent = section_of("file.so", ".debug_abbrev");
    ck_assert_int_gt(extent.size, (long)sizeof zeros);
    patch("file.so", extent.offset, zeros, sizeof zeros);
    check_message("file.so", "corrupt debug information");
    check_message("file.so", "unknown kind; build it again");
    build("-g -shared");
    extent = section_of("file.so", ".debug_info");
    ck_assert_int_gt(extent.size, 40 + (long)sizeof zeros);
    memset(zeros, 0x7e, sizeof zeros);
    patch("file.so", extent.offset + 40, zeros, sizeof zeros);
    check_message("file.so", "corrupt debug information");
}
END_TEST

/* Any byte of any section that is read may be wrong: the file loads, or there is a message. */
START_TEST(no_damage_crashes_the_loader)
{
    static const char *const sections[] = {".debug_info", ".debug_abbrev", ".debug_line",
                                           ".debug_line_str", ".debug_str", ".kitsune", ".symtab"};
    unsigned long random = 12345 + (unsigned long)_i;
    char *path = in_folder("file.so"), *copy = in_folder("damaged.so");
    int loads = 0, refusals = 0, round;

    build(_i % 2 ? "-g -shared -O2 -gdwarf-4" : "-g -shared -O2 -gdwarf-5");
    run("printf 'variable\\tall\\t\\t0\\tPTR\\t\\tfile.c:1\\0' > notes && "
        "objcopy --add-section .kitsune=notes file.so");
    for (round = 0; round < 150; round++) {
        struct program *program;
        struct extent extent;
        char *message, byte;
        long offset;

        random = random * 6364136223846793005u + 1442695040888963407u;
        extent = section_of("file.so", sections[(random >> 33) % 7]);
        if (extent.size == 0) /* DWARF 4 has no .debug_line_str */
            continue;
        offset = extent.offset + (long)((random >> 20) % (unsigned long)extent.size);
        byte = (char)(random >> 55);
        run("cp file.so damaged.so");
        patch("damaged.so", offset, &byte, 1);
        program = model_load(copy, &message);
        if (program) {
            char *text;
            size_t length;
            FILE *stream = open_memstream(&text, &length);

            model_print(program, stream);
            fclose(stream);
            free(text);
            loads++;
        } else {
            ck_assert_ptr_nonnull(message);
            refusals++;
        }
        free(message);
        model_free(program);
    }
    ck_assert_int_gt(loads, 0);
    ck_assert_int_gt(refusals, 0);
    free(path);
    free(copy);
}
END_TEST

Suite *suite_failures(void)
{
    Suite *suite = suite_create("failures");
    TCase *test_case = tcase_create("failures");

    tcase_set_timeout(test_case, 120);
    tcase_add_test(test_case, a_missing_file);
    tcase_add_test(test_case, a_folder);
    tcase_add_test(test_case, an_empty_file);
    tcase_add_test(test_case, a_text_file);
    tcase_add_test(test_case, an_object_file);
    tcase_add_test(test_case, an_executable);
    tcase_add_test(test_case, another_machine);
    tcase_add_test(test_case, no_build_id);
    tcase_add_test(test_case, no_debug_information);
    tcase_add_test(test_case, only_line_numbers);
    tcase_add_test(test_case, debug_information_split_off);
    tcase_add_test(test_case, split_debug_information_is_missing);
    tcase_add_test(test_case, unknown_compression);
    tcase_add_test(test_case, truncated_anywhere);
    tcase_add_test(test_case, damaged_debug_information_is_called_corrupt);
    tcase_add_loop_test(test_case, no_damage_crashes_the_loader, 0, 6);
    suite_add_tcase(suite, test_case);
    return suite;
}
