/* test_runtime_elf.c -- what elf_check accepts and refuses, and that it never reads outside. */
#include "test_runtime.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "files/elf_file.h"

static struct contents sample;
static char *message;
static struct elf_file file;

static void read_sample(void)
{
    sample = read_file(in_folder(SAMPLE));
    message = NULL;
}

static void forget_sample(void)
{
    free(sample.bytes);
    free(message);
}

/* At the end of a mapping that nothing follows: reading one byte too many is a crash. */
static bool check_at_edge(const unsigned char *bytes, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    size_t padding = (room - size) / 8 * 8; /* keeps the alignment that a mapping has */
    char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(mprotect(memory + room, page, PROT_NONE), 0);
    memcpy(memory + padding, bytes, size);
    bool good = elf_check(&file, memory + padding, size, "x.so", &message);
    munmap(memory, room + page);
    return good;
}

static void refused_because(const char *reason)
{
    ck_assert(!check_at_edge(sample.bytes, sample.size));
    assert_contains(message, "x.so");
    assert_contains(message, reason);
}

START_TEST(a_good_version_is_accepted)
{
    ck_assert_msg(elf_check(&file, sample.bytes, sample.size, "x.so", &message), "%s", message);
    ck_assert_ptr_null(message);
    ck_assert_uint_eq(strlen(file.build_id), 40);
    ck_assert(elf_exports(&file, "kitsune_entry"));
    ck_assert(elf_exports(&file, "shared"));
    ck_assert(!elf_exports(&file, "hidden_shared"));
    ck_assert(!elf_exports(&file, "printf"));
    ck_assert_ptr_nonnull(elf_find_section(&file, ".text"));
    ck_assert_ptr_null(elf_find_section(&file, ".nonsense"));
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    for (size_t size = 0; size < sample.size; size += size < 256 ? 1 : 61) {
        ck_assert_msg(!check_at_edge(sample.bytes, size), "%zu bytes were accepted", size);
        assert_contains(message, "x.so");
        free(message);
        message = NULL;
    }
}
END_TEST

/* Any byte of the headers, the dynamic section and the tables it names may be anything. */
START_TEST(no_damage_makes_it_read_outside)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    unsigned char *copy = malloc(sample.size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, sample.bytes, sample.size);
    for (size_t at = (size_t)_i; at < sample.size; at += at < 4096 ? 8 : 56) {
        for (size_t i = 0; i < sizeof values; i++) {
            copy[at] = values[i];
            check_at_edge(copy, sample.size);
            free(message);
            message = NULL;
        }
        copy[at] = sample.bytes[at];
    }
    free(copy);
}
END_TEST

START_TEST(an_empty_file)
{
    sample.size = 0;
    refused_because("is empty");
}
END_TEST

START_TEST(a_text)
{
    memcpy(sample.bytes, "hello, world", 12);
    refused_because("is not an ELF file");
}
END_TEST

START_TEST(a_script)
{
    memcpy(sample.bytes, "#!/bin/sh\n", 10);
    refused_because("is a script");
}
END_TEST

static Elf64_Ehdr *header(void)
{
    return (Elf64_Ehdr *)(void *)sample.bytes;
}

START_TEST(another_machine)
{
    header()->e_machine = elf_own_machine() == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
    refused_because(elf_machine_name(header()->e_machine));
    assert_contains(message, elf_machine_name(elf_own_machine()));
}
END_TEST

START_TEST(a_32_bit_object)
{
    header()->e_ident[EI_CLASS] = ELFCLASS32;
    refused_because("32-bit");
}
END_TEST

START_TEST(a_big_endian_object)
{
    header()->e_ident[EI_DATA] = ELFDATA2MSB;
    refused_because("big-endian");
}
END_TEST

START_TEST(an_object_file)
{
    header()->e_type = ET_REL;
    refused_because("is an object file");
}
END_TEST

START_TEST(an_executable)
{
    header()->e_type = ET_EXEC;
    refused_because("is an executable");
}
END_TEST

START_TEST(without_section_headers)
{
    header()->e_shoff = 0;
    refused_because("no section headers");
}
END_TEST

START_TEST(a_position_independent_executable)
{
    run("gcc -pie -fPIE first.c second.c -o pie");
    free(sample.bytes);
    sample = read_file(in_folder("pie"));
    refused_because("is an executable");
}
END_TEST

START_TEST(a_static_executable)
{
    run("gcc -static-pie -fPIE first.c second.c -o static-pie");
    free(sample.bytes);
    sample = read_file(in_folder("static-pie"));
    ck_assert(!check_at_edge(sample.bytes, sample.size));
}
END_TEST

START_TEST(without_a_build_id)
{
    run("gcc -shared -fPIC -Wl,--build-id=none first.c second.c -o no-id.so");
    free(sample.bytes);
    sample = read_file(in_folder("no-id.so"));
    refused_because("no build ID");
}
END_TEST

static Elf64_Phdr *segment_of_type(unsigned type)
{
    Elf64_Phdr *segments = (Elf64_Phdr *)(void *)(sample.bytes + header()->e_phoff);
    for (unsigned i = 0; i < header()->e_phnum; i++)
        if (segments[i].p_type == type)
            return &segments[i];
    ck_abort_msg("no such segment");
}

static Elf64_Dyn *dynamic_entry(int64_t tag)
{
    Elf64_Dyn *entry = (Elf64_Dyn *)(void *)(sample.bytes + segment_of_type(PT_DYNAMIC)->p_offset);
    while (entry->d_tag != tag) {
        ck_assert_int_ne(entry->d_tag, DT_NULL);
        entry++;
    }
    return entry;
}

START_TEST(a_segment_outside)
{
    segment_of_type(PT_LOAD)->p_filesz = sample.size + 1;
    refused_because("segments lie outside");
}
END_TEST

START_TEST(tables_outside)
{
    static const int64_t tags[] = {DT_STRTAB, DT_SYMTAB, DT_GNU_HASH, DT_RELA, DT_INIT_ARRAY,
                                   DT_JMPREL, DT_INIT};
    dynamic_entry(tags[_i])->d_un.d_ptr = 0x7fffffff0000;
    refused_because("is corrupt");
}
END_TEST

START_TEST(a_string_table_without_end)
{
    dynamic_entry(DT_STRSZ)->d_un.d_val -= 3;
    refused_because("is corrupt");
}
END_TEST

START_TEST(a_relocation_elsewhere)
{
    Elf64_Dyn *table = dynamic_entry(DT_RELA);
    /* The table is in the first segment, where addresses are file offsets. */
    Elf64_Rela *relocation = (Elf64_Rela *)(void *)(sample.bytes + table->d_un.d_ptr);
    relocation->r_offset = 0x7fffffff0000;
    refused_because("relocations in read-only memory");
}
END_TEST

START_TEST(a_relocation_of_no_symbol)
{
    Elf64_Rela *relocation =
        (Elf64_Rela *)(void *)(sample.bytes + dynamic_entry(DT_RELA)->d_un.d_ptr);
    relocation->r_info = ELF64_R_INFO(1000000, ELF64_R_TYPE(relocation->r_info));
    refused_because("relocations name symbols it does not have");
}
END_TEST

Suite *suite_elf(void)
{
    Suite *suite = suite_create("elf");
    TCase *tests = tcase_create("elf");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, read_sample, forget_sample);
    tcase_add_test(tests, a_good_version_is_accepted);
    tcase_add_test(tests, every_truncation_is_refused);
    tcase_add_loop_test(tests, no_damage_makes_it_read_outside, 0, 8);
    tcase_add_test(tests, an_empty_file);
    tcase_add_test(tests, a_text);
    tcase_add_test(tests, a_script);
    tcase_add_test(tests, another_machine);
    tcase_add_test(tests, a_32_bit_object);
    tcase_add_test(tests, a_big_endian_object);
    tcase_add_test(tests, an_object_file);
    tcase_add_test(tests, an_executable);
    tcase_add_test(tests, without_section_headers);
    tcase_add_test(tests, a_position_independent_executable);
    tcase_add_test(tests, a_static_executable);
    tcase_add_test(tests, without_a_build_id);
    tcase_add_test(tests, a_segment_outside);
    tcase_add_loop_test(tests, tables_outside, 0, 7);
    tcase_add_test(tests, a_string_table_without_end);
    tcase_add_test(tests, a_relocation_elsewhere);
    tcase_add_test(tests, a_relocation_of_no_symbol);
    suite_add_tcase(suite, tests);
    return suite;
}
