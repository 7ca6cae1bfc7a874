/* where.c -- `kitsune-inspect where MODULE BUILD-ID ADDRESS...`: the source line of each link-time
 * address, a line each: "FILE:LINE", or "?".
 *
 * The tool asks when it shows the backtrace of an update that failed.  BUILD-ID "-": whatever is in
 * the file.  A file that has been built again since says nothing about the backtrace.
 */
#include "command.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *debug_directories; /* the default ones */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &debug_directories,
};

static bool has_build_id(Dwfl_Module *module, const char *wanted)
{
    const unsigned char *bits;
    GElf_Addr address;
    int size = dwfl_module_build_id(module, &bits, &address);
    char text[2 * 64 + 1] = "";

    if (strcmp(wanted, "-") == 0)
        return true;
    for (int i = 0; i < size && i < 64; i++)
        snprintf(text + 2 * i, 3, "%02x", bits[i]);
    return strcmp(text, wanted) == 0;
}

/* ---- Update points --------------------------------------------------------------------------- */

static bool is_our_header(const char *file)
{
    const char *slash = strrchr(file, '/');

    return strcmp(slash ? slash + 1 : file, "kitsune.h") == 0;
}

static const char *call_file(Dwarf_Die *unit, Dwarf_Die *call)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Files *files;
    size_t count;

    if (!dwarf_attr(call, DW_AT_call_file, &attribute) ||
        dwarf_formudata(&attribute, &number) != 0 || dwarf_getsrcfiles(unit, &files, &count) != 0)
        return NULL;
    return number < count ? dwarf_filesrc(files, number, NULL, NULL) : NULL;
}

/* What the public header defines is inlined: the line that the program's author knows is where
 * it is called. */
static const char *calling_line(Dwfl_Module *module, GElf_Addr address, int *line)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, &bias), *scopes = NULL;
    int count = unit ? dwarf_getscopes(unit, address - bias, &scopes) : 0;
    const char *found = NULL;

    for (int i = 0; i < count && !found; i++) {
        Dwarf_Attribute attribute;
        Dwarf_Word number;
        const char *file = dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine
                               ? call_file(unit, &scopes[i]) : NULL;

        if (!file || is_our_header(file) ||
            !dwarf_attr(&scopes[i], DW_AT_call_line, &attribute) ||
            dwarf_formudata(&attribute, &number) != 0)
            continue;
        found = file;
        *line = (int)number;
    }
    free(scopes);
    return found;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void show_line(Dwfl_Module *module, GElf_Addr bias, const char *typed)
{
    GElf_Addr address = strtoull(typed, NULL, 16) + bias;
    Dwfl_Line *line = module ? dwfl_module_getsrc(module, address) : NULL;
    int number = 0, calling_number = 0;
    const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    const char *calling = file && is_our_header(file)
                              ? calling_line(module, address, &calling_number) : NULL;

    if (calling) {
        file = calling;
        number = calling_number;
    }
    if (file && number > 0)
        printf("%s:%d\n", file, number);
    else
        printf("?\n");
}

int where_command(int argument_count, char **arguments)
{
    Dwfl *files;
    Dwfl_Module *module;
    GElf_Addr bias = 0;

    if (argument_count < 4) {
        fprintf(stderr, "usage: kitsune-inspect where MODULE BUILD-ID ADDRESS...\n");
        return STATUS_USAGE;
    }
    files = dwfl_begin(&callbacks);
    module = files ? dwfl_report_offline(files, arguments[1], arguments[1], -1) : NULL;
    if (files)
        dwfl_report_end(files, NULL, NULL);
    if (module && has_build_id(module, arguments[2]))
        dwfl_module_getelf(module, &bias);
    else
        module = NULL;
    for (int i = 3; i < argument_count; i++)
        show_line(module, bias, arguments[i]);
    if (files)
        dwfl_end(files);
    return STATUS_DONE;
}
