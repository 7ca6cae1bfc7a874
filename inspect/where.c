/* where.c -- `kitsune-inspect where MODULE BUILD-ID ADDRESS...`: the source line of each link-time
 * address, a line each: "FILE:LINE", or "?".
 *
 * The tool asks when it shows the backtrace of an update that failed.  BUILD-ID "-": whatever is in
 * the file.  A file that has been built again since says nothing about the backtrace.
 */
#include "command.h"

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

static void show_line(Dwfl_Module *module, GElf_Addr bias, const char *typed)
{
    GElf_Addr address = strtoull(typed, NULL, 16) + bias;
    Dwfl_Line *line = module ? dwfl_module_getsrc(module, address) : NULL;
    int number = 0;
    const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;

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
