/* elf_dynamic.c -- checks what the dynamic loader is going to follow blindly.
 *
 * The loader trusts the dynamic section: a wrong address in it makes it crash, and with it the
 * program that was to be updated.  So every table it names must lie inside a loaded segment, and
 * every relocation must name an existing symbol and a place inside the object.
 */
#include "files/elf_dynamic.h"

#include <string.h>

#include "common/message.h"

static char *corrupt(const char *path, const char *what)
{
    return message_format("%s is corrupt: its %s; make it again", path, what);
}

/* The bytes of the file that will be at `address`, when all `length` of them come from it. */
static const unsigned char *bytes_at(const struct elf_file *file, uint64_t address,
                                     uint64_t length)
{
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            address - segment->p_vaddr <= segment->p_filesz &&
            length <= segment->p_filesz - (address - segment->p_vaddr))
            return file->bytes + segment->p_offset + (address - segment->p_vaddr);
    }
    return NULL;
}

static bool is_writable_place(const struct elf_file *file, uint64_t address, uint64_t length)
{
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) &&
            address >= segment->p_vaddr && address - segment->p_vaddr <= segment->p_memsz &&
            length <= segment->p_memsz - (address - segment->p_vaddr))
            return true;
    }
    return false;
}

/* The last value of each tag we know. */
struct dynamic_values {
    uint64_t value[DT_PREINIT_ARRAYSZ + 1];
    bool present[DT_PREINIT_ARRAYSZ + 1];
    uint64_t gnu_hash, flags_1; /* 0: absent */
};

static void read_dynamic(const Elf64_Dyn *entries, size_t count, struct dynamic_values *values)
{
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        uint64_t tag = (uint64_t)entries[i].d_tag, value = entries[i].d_un.d_val;
        if (tag <= DT_PREINIT_ARRAYSZ) {
            values->value[tag] = value;
            values->present[tag] = true;
        } else if (tag == DT_GNU_HASH) {
            values->gnu_hash = value;
        } else if (tag == DT_FLAGS_1) {
            values->flags_1 = value;
        }
    }
}

static char *check_relocations(const struct elf_file *file, const char *path, uint64_t address,
                               uint64_t size, uint64_t symbol_count)
{
    if (!size)
        return NULL;
    const unsigned char *table = bytes_at(file, address, size);
    if (!table || size % sizeof(Elf64_Rela))
        return corrupt(path, "relocations lie outside it");
    for (uint64_t at = 0; at < size; at += sizeof(Elf64_Rela)) {
        Elf64_Rela relocation;
        memcpy(&relocation, table + at, sizeof relocation);
        if (!relocation.r_info)
            continue; /* R_*_NONE */
        if (ELF64_R_SYM(relocation.r_info) >= symbol_count)
            return corrupt(path, "relocations name symbols it does not have");
        if (!is_writable_place(file, relocation.r_offset, sizeof(Elf64_Addr)) &&
            !is_writable_place(file, relocation.r_offset, 1))
            return message_format("%s has relocations in read-only memory: compile it with kitcc "
                                  "(or -fPIC)", path);
    }
    return NULL;
}

static char *check_tables(const struct elf_file *file, const char *path,
                          const struct dynamic_values *values)
{
    struct elf_symbols symbols;
    if (!elf_find_symbols(file, true, &symbols) || !values->present[DT_SYMTAB] ||
        !values->present[DT_STRTAB] || !values->present[DT_STRSZ])
        return corrupt(path, "dynamic symbol table is missing");
    uint64_t strings_size = values->value[DT_STRSZ];
    const unsigned char *strings = bytes_at(file, values->value[DT_STRTAB], strings_size);
    if (!strings || !strings_size || strings[strings_size - 1] != '\0' ||
        !bytes_at(file, values->value[DT_SYMTAB], symbols.count * sizeof(Elf64_Sym)))
        return corrupt(path, "dynamic symbol table lies outside it");
    for (size_t i = 0; i < symbols.count; i++)
        if (symbols.symbols[i].st_name >= strings_size)
            return corrupt(path, "dynamic symbols' names lie outside it");
    if (values->gnu_hash && !bytes_at(file, values->gnu_hash, 4 * sizeof(uint32_t)))
        return corrupt(path, "symbol hash table lies outside it");
    if (values->present[DT_HASH] && !bytes_at(file, values->value[DT_HASH], 2 * sizeof(uint32_t)))
        return corrupt(path, "symbol hash table lies outside it");
    char *problem = check_relocations(file, path, values->value[DT_RELA],
                                      values->value[DT_RELASZ], symbols.count);
    if (!problem)
        problem = check_relocations(file, path, values->value[DT_JMPREL],
                                    values->value[DT_PLTRELSZ], symbols.count);
    return problem;
}

static char *check_functions(const struct elf_file *file, const char *path,
                             const struct dynamic_values *values)
{
    static const unsigned arrays[][2] = {{DT_INIT_ARRAY, DT_INIT_ARRAYSZ},
                                         {DT_FINI_ARRAY, DT_FINI_ARRAYSZ}};
    for (size_t i = 0; i < 2; i++)
        if (values->present[arrays[i][0]] &&
            !bytes_at(file, values->value[arrays[i][0]], values->value[arrays[i][1]]))
            return corrupt(path, "table of constructors lies outside it");
    if (values->present[DT_INIT] && !bytes_at(file, values->value[DT_INIT], 1))
        return corrupt(path, "start function lies outside it");
    return NULL;
}

static const Elf64_Phdr *find_dynamic_segment(const struct elf_file *file)
{
    const Elf64_Phdr *segment = NULL;
    for (size_t i = 0; i < file->segment_count; i++)
        if (file->segments[i].p_type == PT_DYNAMIC)
            segment = &file->segments[i];
    return segment;
}

char *elf_check_dynamic(const struct elf_file *file, const char *path)
{
    const Elf64_Phdr *segment = find_dynamic_segment(file);
    if (!segment)
        return message_format("%s is statically linked, not a shared object: link it with "
                              "kitcc -shared", path);
    if (segment->p_offset % _Alignof(Elf64_Dyn))
        return corrupt(path, "dynamic section is misplaced");
    struct dynamic_values values = {0};
    const Elf64_Dyn *entries = (const void *)(file->bytes + segment->p_offset);
    size_t count = segment->p_filesz / sizeof *entries;
    read_dynamic(entries, count, &values);
    if (values.flags_1 & DF_1_PIE)
        return message_format("%s is an executable, not a shared object: link it with "
                              "kitcc -shared", path);
    char *problem = check_tables(file, path, &values);
    if (!problem)
        problem = check_functions(file, path, &values);
    for (size_t i = 0; !problem && i < count && entries[i].d_tag != DT_NULL; i++)
        if (entries[i].d_tag == DT_NEEDED && entries[i].d_un.d_val >= values.value[DT_STRSZ])
            problem = corrupt(path, "list of needed libraries lies outside it");
    return problem;
}

bool elf_visit_dynamic_strings(const struct elf_file *file, int64_t tag,
                               bool (*visit)(const char *string, void *data), void *data)
{
    const Elf64_Phdr *segment = find_dynamic_segment(file);
    const Elf64_Dyn *entries = (const void *)(file->bytes + segment->p_offset);
    size_t count = segment->p_filesz / sizeof *entries;
    struct dynamic_values values = {0};
    read_dynamic(entries, count, &values);
    const char *strings =
        (const char *)bytes_at(file, values.value[DT_STRTAB], values.value[DT_STRSZ]);
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++)
        if (entries[i].d_tag == tag && entries[i].d_un.d_val < values.value[DT_STRSZ] &&
            visit(strings + entries[i].d_un.d_val, data))
            return true;
    return false;
}
