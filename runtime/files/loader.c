/* loader.c -- a sealed image as a loaded shared object, and getting rid of it again. */
#include "files/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control/failure.h"
#include "heap/heap.h"
#include "files/libraries.h"
#include "files/loader_locks.h"
#include "common/log.h"
#include "common/message.h"
#include "files/remains.h"
#include "update/update.h"
#include "files/valgrind_copy.h"

/* Present when the program runs under AddressSanitizer. */
void __asan_init(void) __attribute__((weak, visibility("default")));

/* ---- Loading --------------------------------------------------------------------------------- */

/* The loader also matches by name.  A name that an object still loaded has (the program closed
 * that object's descriptor, and the number came round again) would give us the old object; each
 * further spelling has one more "/." in it. */
#define SPELLINGS 8

static void spell_name(char *name, size_t size, int descriptor, int spelling)
{
    int used = snprintf(name, size, "/proc/%d", (int)getpid());
    for (int i = 0; i < spelling; i++)
        used += snprintf(name + used, size - (size_t)used, "/.");
    snprintf(name + used, size - (size_t)used, "/fd/%d", descriptor);
}

static int is_named(struct dl_phdr_info *object, size_t size, void *name)
{
    (void)size;
    return strcmp(object->dlpi_name, name) == 0;
}

/* dlopen with RTLD_NOLOAD would open the file to say no. */
static bool is_loaded_under(char *name)
{
    return dl_iterate_phdr(is_named, name) != 0;
}

static void *open_copy(struct image *image)
{
    struct valgrind_copy copy = valgrind_copy_make(image);
    void *handle = copy.path ? dlopen(copy.path, RTLD_NOW | RTLD_LOCAL) : NULL;
    valgrind_copy_remove(&copy);
    return handle;
}

/* The load that is under way: a constructor may leave it for good. */
static struct {
    struct image *image; /* NULL: none */
    char name[96];       /* empty: its libraries come first */
    struct libraries libraries;
} loading;

bool loader_runs_constructor(const void *place)
{
    struct dl_find_object object;
    return loading.image && _dl_find_object((void *)(uintptr_t)place, &object) == 0 &&
           strcmp(object.dlfo_link_map->l_name, loading.name) == 0;
}

static void *open_object(struct image *image, char **message)
{
    char *name = loading.name;
    int spelling = 0;
    void *named = open_copy(image);
    if (named)
        return named;
    spell_name(name, sizeof loading.name, image->descriptor.number, spelling);
    while (is_loaded_under(name) && ++spelling < SPELLINGS)
        spell_name(name, sizeof loading.name, image->descriptor.number, spelling);
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle)
        return handle;
    const char *error = dlerror();
    /* The message begins with the name we made up; people know the file's. */
    size_t length = strlen(name);
    if (error && strncmp(error, name, length) == 0) {
        error += length;
        error += strspn(error, ": ");
    }
    failure_in(error && (strstr(error, "undefined symbol") || strstr(error, "version `"))
                   ? STEP_LINK
                   : STEP_LOAD);
    if (access(name, R_OK) != 0)
        *message = message_format("cannot load %s: %s is not there: mount /proc (in the "
                                  "program's chroot, if it has one)", image->path, name);
    else if (error && strstr(error, "undefined symbol"))
        *message = message_format("cannot load %s: %s: link what defines it into the version, or "
                                  "name its library when linking", image->path, error);
    else
        *message = message_format("cannot load %s: %s%s", image->path,
                                  error ? error : "the dynamic loader does not say why",
                                  libraries_advice(error));
    dlerror(); /* frees what the first said */
    remains_unmap(image);
    return NULL;
}

static void find_extent(struct loaded *loaded)
{
    const struct elf_file *elf = &loaded->image->elf;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    loaded->start = loaded->writable_start = UINTPTR_MAX;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const Elf64_Phdr *segment = &elf->segments[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t start = loaded->base + segment->p_vaddr, end = start + segment->p_memsz;
        if ((start & ~(page - 1)) < loaded->start)
            loaded->start = start & ~(page - 1);
        if (((end + page - 1) & ~(page - 1)) > loaded->end)
            loaded->end = (end + page - 1) & ~(page - 1);
        if (!(segment->p_flags & PF_W))
            continue;
        if (start < loaded->writable_start)
            loaded->writable_start = start;
        if (end > loaded->writable_end)
            loaded->writable_end = end;
    }
    if (loaded->writable_start == UINTPTR_MAX)
        loaded->writable_start = loaded->writable_end = loaded->start;
}

bool loader_find_loading(const void *place, struct loaded *loaded)
{
    struct dl_find_object object;
    if (!loader_runs_constructor(place) ||
        _dl_find_object((void *)(uintptr_t)place, &object) != 0)
        return false;
    *loaded = (struct loaded){.image = loading.image, .base = object.dlfo_link_map->l_addr};
    find_extent(loaded);
    return true;
}

struct loaded *loader_load(struct image *image, char **message)
{
    *message = NULL;
    loading.image = image;
    loading.name[0] = '\0';
    void *handle = libraries_load(image, &loading.libraries, message) ? open_object(image, message)
                                                                      : NULL;
    libraries_release(&loading.libraries);
    loading.image = NULL;
    if (!handle) {
        image_free(image);
        return NULL;
    }
    struct loaded *loaded = allocate(sizeof *loaded);
    struct link_map *map = handle;
    *loaded = (struct loaded){.image = image, .handle = handle, .base = map->l_addr};
    find_extent(loaded);
    return loaded;
}

void *loader_symbol(const struct loaded *loaded, const char *name)
{
    void *address = dlsym(loaded->handle, name);
    return loader_contains(loaded, address) ? address : NULL;
}

/* What the compiler's general-dynamic code passes. */
struct tls_index {
    unsigned long module;
    unsigned long offset;
};
void *__tls_get_addr(struct tls_index *index) __attribute__((visibility("default")));

/* Without memory for a thread's block libc ends the process; so there shall be some. */
static bool has_memory_for_block(const struct loaded *loaded)
{
    const struct elf_file *elf = &loaded->image->elf;
    size_t size = 4096;
    for (size_t i = 0; i < elf->segment_count; i++)
        if (elf->segments[i].p_type == PT_TLS)
            size += elf->segments[i].p_memsz + elf->segments[i].p_align;
    void *memory = malloc(size);
    free(memory);
    if (!memory && update_is_migrating())
        update_fail("out of memory: %zu bytes for the thread-local variables of %s", size,
                    loaded->image->path);
    return memory != NULL;
}

uintptr_t loader_tls_block(const struct loaded *loaded)
{
    size_t module = 0;
    void *block = NULL;
    if (dlinfo(loaded->handle, RTLD_DI_TLS_MODID, &module) != 0 || !module)
        return 0;
    if (dlinfo(loaded->handle, RTLD_DI_TLS_DATA, &block) == 0 && block)
        return (uintptr_t)block;
    if (!has_memory_for_block(loaded))
        return 0;
    /* Unlike RTLD_DI_TLS_DATA this makes the block when the thread has none yet. */
    return (uintptr_t)__tls_get_addr(&(struct tls_index){module, 0});
}

/* ---- Unloading ------------------------------------------------------------------------------- */

static void no_destructor(void)
{
}

/* The dynamic section lies in memory that is read-only once the object is loaded. */
static bool make_writable(void *start, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = (uintptr_t)start & ~(page - 1);
    return mprotect((void *)first, (uintptr_t)start + size - first, PROT_READ | PROT_WRITE) == 0;
}

/* The kernel writes where the process may not. */
static bool write_protected(void *place, uint64_t value)
{
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (memory < 0)
        return false;
    bool written = pwrite(memory, &value, sizeof value, (off_t)(uintptr_t)place) == sizeof value;
    close(memory);
    return written;
}

static bool empty_destructors(struct loaded *loaded)
{
    if (__asan_init)
        return true;
    struct link_map *map = loaded->handle;
    size_t count = 0;
    while (map->l_ld[count].d_tag != DT_NULL)
        count++;
    bool is_writable = make_writable(map->l_ld, count * sizeof map->l_ld[0]);
    for (size_t i = 0; i < count; i++) {
        ElfW(Dyn) *entry = &map->l_ld[i];
        uint64_t value = entry->d_tag == DT_FINI ? (uintptr_t)no_destructor - loaded->base : 0;
        if (entry->d_tag != DT_FINI_ARRAYSZ && entry->d_tag != DT_FINI)
            continue;
        if (is_writable)
            entry->d_un.d_val = value;
        else if (!write_protected(&entry->d_un.d_val, value))
            return false;
    }
    return true;
}

/* Rather loaded for ever than torn down what another version works with. */
static void close_object(struct loaded *loaded)
{
    const char *path = loaded->image->path;
    if (!empty_destructors(loaded))
        log_error("%s stays loaded, because its destructors cannot be kept from running: %s", path,
                  strerror(errno));
    else if (dlclose(loaded->handle) != 0)
        log_error("cannot unload %s: %s", path, dlerror());
}

void loader_abandon(void)
{
    if (!loading.image)
        return;
    loader_locks_release();
    void *handle = loading.name[0] ? dlopen(loading.name, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    if (handle) {
        struct link_map *map = handle;
        close_object(&(struct loaded){.image = loading.image, .handle = handle,
                                      .base = map->l_addr});
        dlclose(handle); /* what the load itself had opened */
    }
    libraries_release(&loading.libraries);
    image_free(loading.image);
    loading.image = NULL;
}

struct image *loader_unload_keeping(struct loaded *loaded)
{
    if (!loaded)
        return NULL;
    struct image *image = loaded->image;
    close_object(loaded);
    free(loaded);
    return image;
}

void loader_unload(struct loaded *loaded)
{
    image_free(loader_unload_keeping(loaded));
}
