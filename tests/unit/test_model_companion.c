/* test_model_companion.c -- companion files: they say all that the debug information says, and
 * whatever happens to one on its way, reading it ends with a program or a reason.
 */
#include "test_model.h"

#include "../../xfgen/types_file.h"

#include <stdio.h>
#include <unistd.h>

/* ---- Helpers ------------------------------------------------------------------------------- */

static char *printed(const struct program *program)
{
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    model_print(program, stream);
    ck_assert_int_eq(fclose(stream), 0);
    return text;
}

static void check_same(const struct program *left, const struct program *right)
{
    char *a = printed(left), *b = printed(right);

    ck_assert_str_eq(a, b);
    free(a);
    free(b);
}

/* What model_print() leaves out is in the bytes. */
static void check_same_bytes(const unsigned char *bytes, size_t size,
                             const struct program *program)
{
    size_t again_size;
    unsigned char *again = types_file_write(program, &again_size);

    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, again, size);
    free(again);
}

static struct program *read_or_fail(const unsigned char *bytes, size_t size, const char *path)
{
    char *message;
    struct program *program = types_file_read(bytes, size, "folder/app.ktt", path, &message);

    ck_assert_msg(program != NULL, "%s", message);
    ck_assert_ptr_null(message);
    return program;
}

static void check_refused(const unsigned char *bytes, size_t size, const char *part)
{
    char *message;
    struct program *program = types_file_read(bytes, size, "folder/app.ktt", NULL, &message);

    ck_assert_msg(program == NULL, "expected: %s", part);
    ck_assert_msg(strncmp(message, "folder/app.ktt: ", 16) == 0, "%s", message);
    ck_assert_msg(strstr(message, part) != NULL, "\"%s\" is not in: %s", part, message);
    ck_assert_ptr_null(strchr(message, '\n'));
    free(message);
}

/* A small program's companion; the program is given back when wanted. */
static unsigned char *small_file(size_t *size, struct program **program)
{
    char *text = with_records(
        "struct list { struct list *next; char *text; int n : 3; };\n"
        "typedef struct list entry; enum colour { RED = -1, GREEN };\n"
        "struct list *all; static enum colour here; entry table[3][2];\n"
        "int add(int n, ...) { static int sum; here++; return sum += n; }\n"
        "int main(int argc, char **argv) { const volatile int x = argc; return add(x, argv); }\n",
        RECORDS("type|struct list|text|0|SZ||file.c:1", "variable|all||0|PTRARRAY|here|file.c:2",
                "point|file.c/main||0|POINT|loop|file.c:7"));
    struct program *loaded = load_text(text, "");
    unsigned char *bytes = types_file_write(loaded, size);

    free(text);
    if (program)
        *program = loaded;
    else
        model_free(loaded);
    return bytes;
}

/* ---- Everything is there ------------------------------------------------------------------- */

START_TEST(a_companion_says_what_the_program_says)
{
    struct program *program = load_sample(_i), *read;
    size_t size;
    unsigned char *bytes = types_file_write(program, &size);

    read = read_or_fail(bytes, size, program->path);
    check_same(program, read);
    check_same_bytes(bytes, size, read);
    ck_assert(!read->has_no_addresses);
    model_free(program);
    model_free(read);
    free(bytes);
}
END_TEST

START_TEST(annotations_points_and_warnings_are_kept)
{
    struct program *program, *read;
    size_t size;
    unsigned char *bytes = small_file(&size, &program);

    read = read_or_fail(bytes, size, program->path);
    check_same(program, read);
    check_same_bytes(bytes, size, read);
    ck_assert_ptr_nonnull(find_annotation(need_variable(read, "all")->annotations,
                                          ANNOTATION_PTRARRAY));
    ck_assert_ptr_nonnull(model_find_update_point(read, "loop"));
    ck_assert_uint_eq(read->warning_count, program->warning_count);
    model_free(program);
    model_free(read);
    free(bytes);
}
END_TEST

START_TEST(it_stands_for_a_program_beside_it)
{
    size_t size;
    unsigned char *bytes = small_file(&size, NULL);
    struct program *program = read_or_fail(bytes, size, NULL);

    ck_assert_str_eq(program->path, "folder/file.so");
    model_free(program);
    free(bytes);
}
END_TEST

START_TEST(a_program_without_addresses_or_build_id)
{
    struct program *program, *read;
    size_t size;
    unsigned char *bytes = small_file(&size, &program);

    free(bytes);
    program->has_no_addresses = true;
    program->build_id = "";
    bytes = types_file_write(program, &size);
    read = read_or_fail(bytes, size, NULL);
    ck_assert(read->has_no_addresses);
    ck_assert_str_eq(read->build_id, "");
    model_free(read);
    free(bytes);
    program->has_no_addresses = false;
    bytes = types_file_write(program, &size);
    check_refused(bytes, size, "a build ID that is none");
    model_free(program);
    free(bytes);
}
END_TEST

/* ---- On disk ------------------------------------------------------------------------------- */

static void write_companion(const char *name, const char *of)
{
    char *path = in_folder(of), *target = in_folder(name);
    struct program *program = load_or_fail(path);
    size_t size;
    unsigned char *bytes = types_file_write(program, &size);
    FILE *stream = fopen(target, "w");

    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
    model_free(program);
    free(bytes);
    free(path);
    free(target);
}

START_TEST(it_takes_the_place_of_what_was_stripped)
{
    static const char *const names[] = {"file.so.ktt", "file.ktt"};
    struct program *program = load_text("struct s { int x; } here; int main(void) { return 0; }\n",
                                        "");
    char *path = in_folder("file.so");
    size_t i;

    run("cp file.so whole.so");
    for (i = 0; i < 2; i++) {
        struct program *stripped;

        run("rm -f *.ktt && cp whole.so file.so");
        write_companion(names[i], "file.so");
        run("strip file.so");
        stripped = load_or_fail(path);
        check_same(program, stripped);
        ck_assert_str_eq(stripped->path, path);
        model_free(stripped);
    }
    run("rm -f *.ktt");
    model_free(program);
    free(path);
}
END_TEST

START_TEST(it_is_taken_in_place_of_a_program)
{
    struct program *program = load_text("struct s { int x; } here;\n", ""), *read;
    char *path = in_folder("named.ktt"), *other = in_folder("under.another.name");

    write_companion("named.ktt", "file.so");
    read = load_or_fail(path);
    check_same(program, read);
    model_free(read);
    run("cp named.ktt under.another.name");
    read = load_or_fail(other);
    check_same(program, read);
    model_free(read);
    model_free(program);
    free(path);
    free(other);
}
END_TEST

static void check_load_refused(const char *name, const char *part)
{
    char *path = in_folder(name), *message = load_message(path);

    ck_assert_msg(strstr(message, part) != NULL, "\"%s\" is not in: %s", part, message);
    free(message);
    free(path);
}

START_TEST(it_must_be_of_the_same_build)
{
    model_free(load_text("int before;\n", ""));
    write_companion("file.so.ktt", "file.so");
    model_free(load_text("int after;\n", ""));
    run("strip -g file.so");
    check_load_refused("file.so", "is that of another build (build ID ");
    run("head -c 100 file.so.ktt >cut && mv cut file.so.ktt");
    check_load_refused("file.so", "file.so.ktt: truncated");
    run("rm file.so.ktt");
    check_load_refused("file.so", "no debug information");
}
END_TEST

START_TEST(what_is_not_one_is_not_taken_for_one)
{
    write_in_folder("text.ktt", "a text\n");
    check_load_refused("text.ktt", "not a companion file; make one with `kitsune types");
    write_in_folder("empty.ktt", "");
    check_load_refused("empty.ktt", "not a companion file");
    check_load_refused("missing.ktt", "cannot open it");
    run("mkdir -p folder.ktt");
    check_load_refused("folder.ktt", "not a regular file");
}
END_TEST

/* ---- Damage -------------------------------------------------------------------------------- */

START_TEST(each_cut_is_noticed)
{
    size_t size, length;
    unsigned char *bytes = small_file(&size, NULL), *copy;

    for (length = 0; length < size; length++) {
        copy = malloc(length + 1); /* of its own, so that memory checkers see where it ends */
        memcpy(copy, bytes, length);
        check_refused(copy, length, length < 8 ? "not a companion file" : "truncated");
        free(copy);
    }
    free(bytes);
}
END_TEST

START_TEST(each_change_is_noticed)
{
    size_t size, i;
    unsigned char *bytes = small_file(&size, NULL);

    for (i = 0; i < size; i++) {
        bytes[i] ^= 0x10;
        check_refused(bytes, size, "");
        bytes[i] ^= 0x10;
    }
    bytes[8] = 2;
    check_refused(bytes, size, "written by a newer Kitsune (format 2, this one reads 1)");
    bytes[8] = 0;
    check_refused(bytes, size, "written by an older Kitsune");
    bytes[8] = 1;
    bytes[size - 1] ^= 1;
    check_refused(bytes, size, "checksum does not match");
    bytes[size - 1] ^= 1;
    bytes = realloc(bytes, size + 1);
    bytes[size] = 0;
    check_refused(bytes, size + 1, "1 bytes follow the end");
    free(bytes);
}
END_TEST

/* Follows everything there is to follow. */
static void use(struct program *program)
{
    char *text = printed(program);
    size_t i;

    for (i = 0; i < program->type_count; i++) {
        struct type *type = type_strip(program->types[i]);

        if (type->name)
            model_find_type(program, type->kind, type->name);
    }
    for (i = 0; i < program->variable_count; i++)
        ck_assert_ptr_nonnull(model_find_variable(program, program->variables[i].key));
    free(text);
}

/* What the checksum would have caught, if someone had not made a new one. */
START_TEST(damage_under_a_right_checksum_does_no_harm)
{
    size_t size, i, read_count = 0, refused_count = 0;
    unsigned char *bytes = small_file(&size, NULL), *copy = malloc(size);
    unsigned value;

    for (i = 24; i < size; i++)
        for (value = 0; value < 256; value += value < 8 || value > 246 ? 1 : 17) {
            char *message;
            struct program *program;

            memcpy(copy, bytes, size);
            copy[i] = (unsigned char)value;
            types_file_seal(copy, size);
            program = types_file_read(copy, size, "app.ktt", NULL, &message);
            if (program)
                use(program);
            else
                ck_assert_msg(strstr(message, "corrupt") != NULL, "%s", message);
            read_count += program != NULL;
            refused_count += program == NULL;
            model_free(program);
            free(message);
        }
    ck_assert_uint_gt(read_count, 0);
    ck_assert_uint_gt(refused_count, 0);
    free(copy);
    free(bytes);
}
END_TEST

START_TEST(a_cut_under_a_right_checksum_is_noticed)
{
    size_t size, length;
    unsigned char *bytes = small_file(&size, NULL), *copy;

    for (length = 24; length < size; length++) {
        copy = malloc(length);
        memcpy(copy, bytes, length);
        types_file_seal(copy, length);
        check_refused(copy, length, "corrupt companion file");
        free(copy);
    }
    free(bytes);
}
END_TEST

/* ---- Types that lead astray ---------------------------------------------------------------- */

/* Programs made by hand, which no loader would let through. */
struct made {
    struct program program;
    struct type types[3000], *by_id[3000];
    struct member members[3000];
};

static struct made *make(size_t type_count)
{
    struct made *made = calloc(1, sizeof *made);
    size_t i;

    made->program.path = "file.so";
    made->program.build_id = "00";
    made->program.types = made->by_id;
    made->program.type_count = type_count;
    for (i = 0; i < type_count; i++) {
        made->by_id[i] = &made->types[i];
        made->types[i].id = (int)i;
        made->types[i].alignment = 1;
    }
    return made;
}

/* A struct of one member. */
static void set_struct(struct made *made, int id, int member_id)
{
    made->types[id].kind = TYPE_STRUCT;
    made->types[id].members = &made->members[id];
    made->types[id].member_count = 1;
    made->members[id].type = &made->types[member_id];
}

static void check_made(struct made *made, const char *expected)
{
    size_t size;
    unsigned char *bytes = types_file_write(&made->program, &size);

    if (expected)
        check_refused(bytes, size, expected);
    else
        model_free(read_or_fail(bytes, size, NULL));
    free(bytes);
    free(made);
}

START_TEST(a_struct_in_itself)
{
    struct made *made = make(4);

    set_struct(made, 1, 2);
    set_struct(made, 2, 3);
    set_struct(made, 3, 1);
    check_made(made, "a type contains itself");
}
END_TEST

START_TEST(a_struct_that_points_to_itself)
{
    struct made *made = make(3);

    set_struct(made, 1, 2);
    made->types[2].kind = TYPE_POINTER;
    made->types[2].target = &made->types[1];
    check_made(made, NULL);
}
END_TEST

static struct made *nested(size_t depth, bool inner_first)
{
    struct made *made = make(depth + 1);
    size_t i;

    for (i = 1; i <= depth; i++)
        set_struct(made, (int)i, inner_first ? (int)i - 1 : i < depth ? (int)i + 1 : 0);
    return made;
}

START_TEST(structs_nested_deep)
{
    check_made(nested(TYPE_DEPTH_LIMIT / 2, false), NULL);
    check_made(nested(TYPE_DEPTH_LIMIT / 2, true), NULL);
    check_made(nested(2 * TYPE_DEPTH_LIMIT, false), "structs are nested too deep");
    check_made(nested(2 * TYPE_DEPTH_LIMIT, true), "structs are nested too deep");
}
END_TEST

static struct made *chained(size_t length)
{
    struct made *made = make(length + 1);
    size_t i;

    for (i = 1; i <= length; i++) {
        made->types[i].kind = TYPE_POINTER;
        made->types[i].target = &made->types[i - 1];
    }
    return made;
}

START_TEST(pointers_to_pointers)
{
    check_made(chained(TYPE_DEPTH_LIMIT), NULL);
    check_made(chained(TYPE_DEPTH_LIMIT + 1), "a chain of types is too long");
}
END_TEST

START_TEST(derived_from_what_comes_later)
{
    struct made *made = make(3);

    made->types[1].kind = TYPE_TYPEDEF;
    made->types[1].name = "t";
    made->types[1].target = &made->types[1];
    check_made(made, "derived from one that does not come before it");
}
END_TEST

START_TEST(sizes_that_do_not_agree)
{
    struct made *made = make(3);

    made->types[1].kind = TYPE_BASE;
    made->types[1].name = "int";
    made->types[1].size = 4;
    made->types[2].kind = TYPE_ARRAY;
    made->types[2].target = &made->types[1];
    made->types[2].count = UINT64_MAX;
    check_made(made, "an array's size is not that of its elements");
}
END_TEST

START_TEST(keys_out_of_order)
{
    struct variable variables[2] = {{.key = "b", .name = "b", .file = "f.c"},
                                    {.key = "a", .name = "a", .file = "f.c"}};
    struct made *made = make(1);

    variables[0].type = variables[1].type = &made->types[0];
    made->program.variables = variables;
    made->program.variable_count = 2;
    check_made(made, "a variable at byte ");
}
END_TEST

/* The same limits hold for debug information, so that whatever is loaded can be written. */
START_TEST(the_loader_has_the_same_limits)
{
    FILE *stream;
    char *text, *object = in_folder("file.so"), *message;
    size_t length, i;

    stream = open_memstream(&text, &length);
    fprintf(stream, "typedef int *t0;\n");
    for (i = 1; i < 600; i++)
        fprintf(stream, "typedef t%zu *t%zu;\n", i - 1, i);
    fprintf(stream, "t%zu here;\n", i - 1);
    fclose(stream);
    write_in_folder("file.c", text);
    free(text);
    run("gcc -g -w -fPIC -shared -Wl,--build-id -o file.so file.c");
    message = load_message(object);
    ck_assert_msg(strstr(message, "chain of types is too long") ||
                      strstr(message, "derived from itself"), "%s", message);
    free(message);
    stream = open_memstream(&text, &length);
    fprintf(stream, "struct s0 { int x; };\n");
    for (i = 1; i < 1200; i++)
        fprintf(stream, "struct s%zu { struct s%zu x; };\n", i, i - 1);
    fprintf(stream, "struct s%zu here;\n", i - 1);
    fclose(stream);
    write_in_folder("file.c", text);
    free(text);
    run("gcc -g -w -fPIC -shared -Wl,--build-id -o file.so file.c");
    message = load_message(object);
    ck_assert_msg(strstr(message, "structs are nested too deep") != NULL, "%s", message);
    free(message);
    free(object);
}
END_TEST

Suite *suite_companion(void)
{
    Suite *suite = suite_create("companion files");
    TCase *whole = tcase_create("whole"), *disk = tcase_create("on disk");
    TCase *damage = tcase_create("damaged"), *astray = tcase_create("astray");

    tcase_set_timeout(damage, 120);
    tcase_set_timeout(disk, 60);
    tcase_add_loop_test(whole, a_companion_says_what_the_program_says, 0, setting_count);
    tcase_add_test(whole, annotations_points_and_warnings_are_kept);
    tcase_add_test(whole, it_stands_for_a_program_beside_it);
    tcase_add_test(whole, a_program_without_addresses_or_build_id);
    tcase_add_test(disk, it_takes_the_place_of_what_was_stripped);
    tcase_add_test(disk, it_is_taken_in_place_of_a_program);
    tcase_add_test(disk, it_must_be_of_the_same_build);
    tcase_add_test(disk, what_is_not_one_is_not_taken_for_one);
    tcase_add_test(damage, each_cut_is_noticed);
    tcase_add_test(damage, each_change_is_noticed);
    tcase_add_test(damage, damage_under_a_right_checksum_does_no_harm);
    tcase_add_test(damage, a_cut_under_a_right_checksum_is_noticed);
    tcase_add_test(astray, a_struct_in_itself);
    tcase_add_test(astray, a_struct_that_points_to_itself);
    tcase_add_test(astray, structs_nested_deep);
    tcase_add_test(astray, pointers_to_pointers);
    tcase_add_test(astray, derived_from_what_comes_later);
    tcase_add_test(astray, sizes_that_do_not_agree);
    tcase_add_test(astray, keys_out_of_order);
    tcase_add_test(astray, the_loader_has_the_same_limits);
    suite_add_tcase(suite, whole);
    suite_add_tcase(suite, disk);
    suite_add_tcase(suite, damage);
    suite_add_tcase(suite, astray);
    return suite;
}
