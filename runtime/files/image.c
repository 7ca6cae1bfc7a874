/* image.c -- a version or transformer as a file: read once, checked, and sealed. */
#include "files/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <kitsune/entry.h>
#include <kitsune/transform.h>

#include "common/message.h"
#include "common/quiet_write.h"
#include "files/signature.h"
#include "files/trust.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static const char *advice_for(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "check the path";
    case EACCES:
    case EPERM:
        return "give this program's user permission to read it";
    case EMFILE:
    case ENFILE:
        return "close some files or raise the limit (ulimit -n)";
    case ENOMEM:
        return "give this program more memory or address space (ulimit -v)";
    case EFBIG:
        return "it is larger than this program's files may be: raise the limit (ulimit -f, "
               "LimitFSIZE= of systemd)";
    default:
        return "check the file and its disk";
    }
}

static char *cannot(const char *doing, const char *path, int error)
{
    return message_format("cannot %s %s: %s: %s", doing, path, strerror(error),
                          advice_for(error));
}

static int open_regular_file(const char *path, uid_t trusted_user, char **message)
{
    int file = trust_open(path, trusted_user, message);
    if (file < 0) {
        if (!*message)
            *message = cannot("open", path, errno);
        return -1;
    }
    struct stat status;
    if (fstat(file, &status) != 0) {
        *message = cannot("read", path, errno);
    } else if (S_ISDIR(status.st_mode)) {
        *message = message_format("%s is a directory: name the .so inside it", path);
    } else if (!S_ISREG(status.st_mode)) {
        *message = message_format("%s is not a regular file: name the .so that kitcc -shared made",
                                  path);
    } else {
        return file;
    }
    close(file);
    return -1;
}

static int make_memory_file(const char *path)
{
    /* The name shows in /proc/PID/maps. */
    const char *slash = strrchr(path, '/');
    char name[200];
    strncpy(name, slash ? slash + 1 : path, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static bool copy_all(int from, int to)
{
    struct quiet_write quiet = quiet_write_begin();
    ssize_t copied;
    do
        copied = sendfile(to, from, NULL, 1 << 30);
    while (copied > 0 || (copied < 0 && errno == EINTR));
    quiet_write_end(&quiet);
    return copied == 0;
}

/* Behind the copied bytes.  False: FILE.sig is there, but it is no signature. */
static bool append_signature(int copy, const char *path)
{
    char *name = message_format("%s.sig", path), line[SIGNATURE_LINE_MAX];
    struct stat status;
    int file = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    free(name);
    if (file < 0)
        return true;
    struct signature signature;
    size_t before;
    ssize_t length = fstat(file, &status) == 0 && S_ISREG(status.st_mode)
                         ? read(file, line, sizeof line) : -1;
    close(file);
    return length > 0 && signature_find(line, (size_t)length, &signature, &before) && !before &&
           quiet_write_all(copy, line, (size_t)length);
}

static int make_sealed_copy(const char *path, uid_t trusted_user, bool *has_broken_signature,
                            char **message)
{
    int file = open_regular_file(path, trusted_user, message);
    if (file < 0)
        return -1;
    int copy = make_memory_file(path);
    if (copy < 0)
        *message = message_format("cannot make room in memory for %s: %s: %s", path,
                                  strerror(errno), advice_for(errno));
    else if (!copy_all(file, copy))
        *message = cannot("read", path, errno);
    else
        *has_broken_signature = !append_signature(copy, path);
    if (copy >= 0 && !*message && fcntl(copy, F_ADD_SEALS, SEALS) != 0)
        *message = cannot("seal", path, errno);
    close(file);
    if (copy >= 0 && *message) {
        close(copy);
        copy = -1;
    }
    return copy;
}

struct image *image_copy(const struct image *image, char **message)
{
    int copy = make_memory_file(image->path);
    if (copy >= 0 && quiet_write_all(copy, image->bytes, image->size) &&
        fcntl(copy, F_ADD_SEALS, SEALS) == 0)
        return image_adopt(copy, image->path, message);
    *message = message_format("cannot make room in memory for %s: %s: %s", image->path,
                              strerror(errno), advice_for(errno));
    if (copy >= 0)
        close(copy);
    return NULL;
}

bool image_parse_pair(const unsigned char *description, size_t size, char *old_build_id,
                      char *new_build_id)
{
    char *const texts[] = {old_build_id, new_build_id};
    size_t at = 0;
    for (size_t i = 0; i < 2; i++) {
        const unsigned char *end = at < size ? memchr(description + at, '\0', size - at) : NULL;
        size_t length = end ? (size_t)(end - description) - at : 0;
        if (!end || length >= BUILD_ID_TEXT_MAX)
            return false;
        memcpy(texts[i], description + at, length + 1);
        if (strspn(texts[i], "0123456789abcdef") != length)
            return false;
        at += length + 1;
    }
    return true;
}

static bool read_pair(const unsigned char *description, size_t size, void *argument)
{
    struct image *image = argument;
    image->has_pair = image_parse_pair(description, size, image->old_build_id,
                                       image->new_build_id) &&
                      (image->old_build_id[0] || !image->new_build_id[0]);
    if (image->has_pair)
        return true;
    image->old_build_id[0] = image->new_build_id[0] = '\0';
    return false;
}

static bool map_and_check(struct image *image, char **message)
{
    struct stat status;
    if (fstat(image->descriptor.number, &status) != 0) {
        *message = cannot("read", image->path, errno);
        return false;
    }
    image->size = (size_t)status.st_size;
    if (image->size) {
        void *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, image->descriptor.number, 0);
        if (bytes == MAP_FAILED) {
            *message = cannot("map", image->path, errno);
            return false;
        }
        image->bytes = bytes;
    }
    if (!elf_check(&image->elf, image->bytes, image->size, image->path, message))
        return false;
    elf_visit_notes(&image->elf, "Kitsune", KITSUNE_NOTE_TRANSFORMER, read_pair, image);
    return true;
}

struct image *image_adopt(int number, const char *path, char **message)
{
    *message = NULL;
    int seals = fcntl(number, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS) {
        *message = message_format("the copy of %s that came with the request is not sealed: use "
                                  "this Kitsune's own tool", path);
        close(number);
        return NULL;
    }
    struct image *image = allocate(sizeof *image);
    image->path = copy_string(path);
    image->descriptor = descriptor_keep(number);
    image->trusted_user = TRUST_EVERYBODY;
    if (map_and_check(image, message))
        return image;
    image_free(image);
    return NULL;
}

struct image *image_read_trusted(const char *path, uid_t user, char **message)
{
    *message = NULL;
    bool has_broken_signature = false;
    int copy = make_sealed_copy(path, user, &has_broken_signature, message);
    struct image *image = copy < 0 ? NULL : image_adopt(copy, path, message);
    if (image)
        image->has_broken_signature = has_broken_signature;
    return image;
}

struct image *image_read(const char *path, char **message)
{
    return image_read_trusted(path, TRUST_EVERYBODY, message);
}

void image_free(struct image *image)
{
    if (!image)
        return;
    if (image->bytes)
        munmap((void *)image->bytes, image->size);
    descriptor_close(&image->descriptor);
    free(image->path);
    free(image);
}

/* A function whose name begins with these `length` characters (the NUL may be among them). */
static bool has_function(const struct image *image, const char *name, size_t length)
{
    struct elf_symbols symbols;
    if (!elf_find_symbols(&image->elf, false, &symbols))
        return false;
    for (size_t i = 0; i < symbols.count; i++)
        if (ELF64_ST_TYPE(symbols.symbols[i].st_info) == STT_FUNC &&
            symbols.symbols[i].st_shndx != SHN_UNDEF &&
            strncmp(elf_symbol_name(&symbols, &symbols.symbols[i]), name, length) == 0)
            return true;
    return false;
}

bool image_check_version(const struct image *image, char **message)
{
    if (image->new_build_id[0] && !has_function(image, "main", sizeof "main"))
        *message = message_format("%s is a transformer (from %s to %s), not a version of a "
                                  "program: name the version, and this with --xf", image->path,
                                  image->old_build_id, image->new_build_id);
    else if (!elf_exports(&image->elf, "kitsune_entry"))
        *message = message_format("%s was not built by kitcc (it exports no kitsune_entry): link "
                                  "it with kitcc -shared", image->path);
    else
        return true;
    return false;
}

bool image_has_linked_transformer(const struct image *image)
{
    return elf_exports(&image->elf, "kitsune_transformer");
}

bool image_check_transformer(const struct image *image, char **message)
{
    if (!image_has_linked_transformer(image)) {
        *message = message_format("%s is not a transformer (it exports no kitsune_transformer): "
                                  "compile what xfgen generated with kitcc -shared", image->path);
        return false;
    }
    if (!image->has_pair) {
        *message = message_format("%s does not say which versions it is for (it has no "
                                  ".note.kitsune.transformer): generate it again with xfgen",
                                  image->path);
        return false;
    }
    return true;
}

bool image_has_written_transformers(const struct image *image)
{
    static const char prefix[] = "_kitsune_transform_";
    return has_function(image, prefix, sizeof prefix - 1);
}

bool image_reads_old_version(const struct image *image)
{
    static const char lookup[] = "kitsune_lookup_key_old";
    struct elf_symbols symbols;
    if (image_has_written_transformers(image))
        return true;
    if (!elf_find_symbols(&image->elf, true, &symbols))
        return false;
    for (size_t i = 0; i < symbols.count; i++)
        if (symbols.symbols[i].st_shndx == SHN_UNDEF &&
            strcmp(elf_symbol_name(&symbols, &symbols.symbols[i]), lookup) == 0)
            return true;
    return false;
}
