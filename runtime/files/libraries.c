/* libraries.c -- the shared libraries that a program brings along.  See libraries.h. */
#include "files/libraries.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/elf_dynamic.h"
#include "common/log.h"
#include "common/message.h"
#include "files/trust.h"

/* ---- Where libraries are looked for ---------------------------------------------------------- */

struct folder {
    char *path;
    bool is_beside; /* it was named by $ORIGIN */
};

/* The libraries whose writers have been looked at; they may need each other. */
struct checked {
    char **paths;
    size_t count;
};

/* What one object needs, the image or something that it brings along. */
struct search {
    const char *path;
    uid_t trusted_user;
    bool is_signed; /* the image; what comes along must be root's */
    struct checked *checked;
    struct folder *folders;
    size_t folder_count;
    struct libraries *libraries;
    char *message; /* why the image must not be loaded */
};

/* The folder that a file is in. */
static char *origin_of(const char *file)
{
    char *real = realpath(file, NULL);
    char *path = real ? real : copy_string(file);
    char *slash = strrchr(path, '/');
    if (!slash)
        strcpy(path, ".");
    else
        slash[slash == path] = '\0';
    return path;
}

static void add_folder(struct search *search, const char *start, size_t length)
{
    static const char *const names[] = {"${ORIGIN}", "$ORIGIN"};
    char *path = message_format("%.*s", (int)length, start);
    bool is_beside = false;
    for (size_t i = 0; i < 2 && !is_beside; i++) {
        char *at = strstr(path, names[i]);
        if (!at)
            continue;
        char *origin = origin_of(search->path);
        char *expanded = message_format("%.*s%s%s", (int)(at - path), path, origin,
                                        at + strlen(names[i]));
        free(origin);
        free(path);
        path = expanded;
        is_beside = true;
    }
    search->folders = reallocate(search->folders,
                                 (search->folder_count + 1) * sizeof *search->folders);
    search->folders[search->folder_count++] = (struct folder){path, is_beside};
}

/* Folders with colons between them. */
static bool add_folders(const char *list, void *data)
{
    while (*list) {
        size_t length = strcspn(list, ":");
        if (length)
            add_folder(data, list, length);
        list += length + (list[length] == ':');
    }
    return false;
}

/* ---- Builds ---------------------------------------------------------------------------------- */

static void read_build_id(const char *path, char *build_id)
{
    build_id[0] = '\0';
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        struct elf_file elf;
        char *ignored = NULL;
        if (bytes != MAP_FAILED) {
            if (elf_check(&elf, bytes, size, path, &ignored))
                strcpy(build_id, elf.build_id);
            munmap(bytes, size);
        }
        free(ignored);
    }
    if (file >= 0)
        close(file);
}

struct loaded_build {
    uintptr_t base;
    char *build_id;
};

/* The file may have been overwritten since: only memory knows. */
static int find_loaded_build(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    struct loaded_build *build = data;
    if (object->dlpi_addr != build->base)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_NOTE)
            continue;
        const unsigned char *at = (const void *)(build->base + segment->p_vaddr);
        const unsigned char *end = at + segment->p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const void *)at;
            const unsigned char *text = at + sizeof *note + ((note->n_namesz + 3) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
                !memcmp(note + 1, "GNU", 4) && note->n_descsz < BUILD_ID_TEXT_MAX / 2)
                for (size_t k = 0; k < note->n_descsz; k++)
                    sprintf(build->build_id + 2 * k, "%02x", text[k]);
            at = text + ((note->n_descsz + 3) & ~3u);
        }
    }
    return 1;
}

/* Without a build ID on either side nobody can tell. */
static bool is_same_build(void *handle, const char *path)
{
    char of_file[BUILD_ID_TEXT_MAX], of_loaded[BUILD_ID_TEXT_MAX] = "";
    struct loaded_build build = {((struct link_map *)handle)->l_addr, of_loaded};
    read_build_id(path, of_file);
    dl_iterate_phdr(find_loaded_build, &build);
    return !of_file[0] || !of_loaded[0] || !strcmp(of_file, of_loaded);
}

/* ---- Who could have written them ------------------------------------------------------------- */

static bool check_needed(const char *name, void *data);

static void search_begin(struct search *search, const struct elf_file *elf)
{
    const char *chosen = secure_getenv("LD_LIBRARY_PATH");
    if (chosen)
        add_folders(chosen, search);
    elf_visit_dynamic_strings(elf, DT_RUNPATH, add_folders, search);
    elf_visit_dynamic_strings(elf, DT_RPATH, add_folders, search);
}

static void search_end(struct search *search)
{
    for (size_t i = 0; i < search->folder_count; i++)
        free(search->folders[i].path);
    free(search->folders);
}

static bool is_new(struct checked *checked, const char *path)
{
    for (size_t i = 0; i < checked->count; i++)
        if (strcmp(checked->paths[i], path) == 0)
            return false;
    checked->paths = reallocate(checked->paths, (checked->count + 1) * sizeof *checked->paths);
    checked->paths[checked->count++] = copy_string(path);
    return true;
}

static void checked_free(struct checked *checked)
{
    for (size_t i = 0; i < checked->count; i++)
        free(checked->paths[i]);
    free(checked->paths);
}

/* Before it is loaded, and with it what it brings along itself; NULL, or why not. */
static char *check_library(const char *path, const struct search *needed_by)
{
    struct search search = {.path = path, .trusted_user = needed_by->trusted_user,
                            .checked = needed_by->checked};
    if (search.trusted_user == TRUST_EVERYBODY || !is_new(search.checked, path))
        return NULL;
    char *message;
    int file = trust_open(path, search.trusted_user, &message);
    if (file < 0)
        return message ? message : message_format("cannot open %s: %s", path, strerror(errno));
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        struct elf_file elf;
        if (bytes != MAP_FAILED && elf_check(&elf, bytes, size, path, &message)) {
            search_begin(&search, &elf);
            elf_visit_dynamic_strings(&elf, DT_NEEDED, check_needed, &search);
            search_end(&search);
        }
        if (bytes != MAP_FAILED)
            munmap(bytes, size);
    }
    close(file);
    /* What is no ELF file for us the dynamic loader is to judge. */
    free(message);
    return search.message;
}

static bool is_loaded(const char *name)
{
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (handle)
        dlclose(handle);
    return handle != NULL;
}

/* True ends the visit: it must not be loaded.  What is loaded already has been looked at, and where
 * the system's own libraries are is not for us to judge. */
static bool check_needed(const char *name, void *data)
{
    struct search *search = data;
    if (is_loaded(name))
        return false;
    if (strchr(name, '/')) {
        search->message = check_library(name, search);
        return search->message != NULL;
    }
    for (size_t i = 0; i < search->folder_count; i++) {
        char *path = message_format("%s/%s", search->folders[i].path, name);
        bool exists = access(path, F_OK) == 0;
        if (exists)
            search->message = check_library(path, search);
        free(path);
        if (exists)
            break;
    }
    return search->message != NULL;
}

/* ---- One library ----------------------------------------------------------------------------- */

static void keep(struct libraries *libraries, void *handle)
{
    libraries->handles = reallocate(libraries->handles,
                                    (libraries->count + 1) * sizeof *libraries->handles);
    libraries->handles[libraries->count++] = handle;
}

const char *libraries_advice(const char *error)
{
    return error && strstr(error, "static TLS")
               ? ": there is room for that library only when the process starts: LD_PRELOAD=... "
                 "kitsune run"
               : "";
}

static bool use_file(struct search *search, const char *name, const char *path, bool is_beside)
{
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle) {
        char *wrong = check_library(path, search);
        if (wrong) {
            search->message = message_format(
                "%s needs %s: %s%s", search->path, name, wrong,
                search->is_signed ? " (signatures are required; libraries have none, so those that "
                                    "come along must be root's: or link them in statically)" : "");
            free(wrong);
            return false;
        }
    }
    if (!handle && !is_beside)
        return true; /* the dynamic loader finds it like this */
    if (!handle)
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *error = dlerror();
        search->message = message_format("cannot load %s, which %s needs: %s%s", path, search->path,
                                         error, libraries_advice(error));
        return false;
    }
    keep(search->libraries, handle);
    const char *loaded_path = ((struct link_map *)handle)->l_name;
    if (is_same_build(handle, path))
        return true;
    if (!is_beside && !strcmp(path, loaded_path)) {
        /* Not the program's own, and renewed where it is, by whoever looks after the machine. */
        log_info("%s has been renewed; this process goes on with what it has loaded", path);
        return true;
    }
    search->message = message_format(
        "%s needs %s and comes with another build of it than the process has loaded, from %s; "
        "libraries stay when a program is updated: link it into the version statically, or leave "
        "it as it was", search->path, path, loaded_path);
    return false;
}

/* True ends the visit: the image must not be loaded. */
static bool use_library(const char *name, void *data)
{
    struct search *search = data;
    if (!strncmp(name, "libkitsune.so", 13))
        return false;
    if (strchr(name, '/'))
        return check_needed(name, data);
    for (size_t i = 0; i < search->folder_count; i++) {
        char *path = message_format("%s/%s", search->folders[i].path, name);
        bool exists = access(path, R_OK) == 0;
        bool success = !exists || use_file(search, name, path, search->folders[i].is_beside);
        free(path);
        if (exists)
            return !success;
    }
    return false;
}

bool libraries_load(const struct image *image, struct libraries *libraries, char **message)
{
    *libraries = (struct libraries){0};
    struct checked checked = {0};
    struct search search = {.path = image->path, .trusted_user = image->trusted_user,
                            .is_signed = image->is_signed, .checked = &checked,
                            .libraries = libraries};
    search_begin(&search, &image->elf);
    elf_visit_dynamic_strings(&image->elf, DT_NEEDED, use_library, &search);
    search_end(&search);
    checked_free(&checked);
    if (!search.message)
        return true;
    libraries_release(libraries);
    *message = search.message;
    return false;
}

/* Those that it needs in turn stay with it. */
static bool keep_loaded(const char *name, void *ignored)
{
    (void)ignored;
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    if (handle)
        dlclose(handle);
    return false;
}

void libraries_keep(const struct image *image)
{
    elf_visit_dynamic_strings(&image->elf, DT_NEEDED, keep_loaded, NULL);
}

void libraries_release(struct libraries *libraries)
{
    for (size_t i = 0; i < libraries->count; i++)
        dlclose(libraries->handles[i]);
    free(libraries->handles);
    *libraries = (struct libraries){0};
}
