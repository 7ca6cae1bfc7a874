/* trust.c -- whether somebody else could have changed a file.  See trust.h. */
#include "files/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/message.h"

#define MOST_LINKS 40 /* the kernel's own limit */

/* ---- Users and groups ------------------------------------------------------------------------ */

uid_t trust_own_user(void)
{
    uid_t real, effective, saved;
    if (getresuid(&real, &effective, &saved) != 0)
        return 0;
    return real == effective && effective == saved ? effective : 0;
}

/* Real, effective and saved. */
static bool read_users(pid_t pid, unsigned users[3])
{
    char *path = message_format("/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    free(path);
    char line[256];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "Uid: %u %u %u", &users[0], &users[1], &users[2]) == 3;
    if (file)
        fclose(file);
    return found;
}

bool trust_user_of(pid_t pid, uid_t *user)
{
    unsigned users[3];
    if (!read_users(pid, users))
        return false;
    *user = users[0] == users[1] && users[1] == users[2] ? users[0] : 0;
    return true;
}

bool trust_is_user_of(pid_t pid, uid_t user)
{
    unsigned users[3];
    return read_users(pid, users) && (user == users[0] || user == users[1] || user == users[2]);
}

/* In a user namespace that root's number is not mapped into, root's files show as the overflow
 * user's, as do those of all others who are not mapped. */
static bool is_perhaps_root(uid_t user)
{
    unsigned overflow = 65534, first = 0, outside = 0, count = 0;
    FILE *file = fopen("/proc/sys/kernel/overflowuid", "re");
    if (file) {
        if (fscanf(file, "%u", &overflow) != 1)
            overflow = 65534;
        fclose(file);
    }
    if (user != overflow || !(file = fopen("/proc/self/uid_map", "re")))
        return false;
    bool has_root = false;
    while (fscanf(file, "%u %u %u", &first, &outside, &count) == 3)
        has_root = has_root || outside == 0;
    fclose(file);
    return !has_root;
}

struct account {
    char name[64];
    bool found;
    gid_t group;
    unsigned in_group; /* accounts with the group that was asked about as their first */
};

/* `group` may be (gid_t)-1. */
static struct account find_account(uid_t user, gid_t group)
{
    struct account account = {0};
    FILE *file = fopen("/etc/passwd", "re");
    struct passwd entry, *result;
    char buffer[4096];
    int error = EIO;
    while (file && (error = fgetpwent_r(file, &entry, buffer, sizeof buffer, &result)) == 0) {
        account.in_group += entry.pw_gid == group && entry.pw_uid != user;
        if (entry.pw_uid != user || account.found)
            continue;
        account.found = true;
        account.group = entry.pw_gid;
        snprintf(account.name, sizeof account.name, "%s", entry.pw_name);
    }
    if (file)
        fclose(file);
    /* What has not been read to its end does not tell who is in the group. */
    if (error != ENOENT)
        account.in_group++;
    return account;
}

struct group_entry {
    char name[64]; /* "": not found */
    bool has_other_members;
};

static struct group_entry find_group(gid_t group, const char *member)
{
    struct group_entry found = {0};
    FILE *file = fopen("/etc/group", "re");
    size_t size = 65536;
    char *buffer = allocate(size);
    struct group entry, *result;
    while (file && !found.name[0] && fgetgrent_r(file, &entry, buffer, size, &result) == 0) {
        if (entry.gr_gid != group)
            continue;
        snprintf(found.name, sizeof found.name, "%s", entry.gr_name);
        for (char **name = entry.gr_mem; *name; name++)
            found.has_other_members = found.has_other_members || strcmp(*name, member) != 0;
    }
    if (file)
        fclose(file);
    free(buffer);
    return found;
}

/* The owner's own: of its name, its first group, and nobody else's. */
static bool is_private_group(gid_t group, uid_t owner)
{
    struct account account = find_account(owner, group);
    if (!account.found || account.group != group || account.in_group)
        return false;
    struct group_entry entry = find_group(group, account.name);
    return strcmp(entry.name, account.name) == 0 && !entry.has_other_members;
}

/* "user 33 (www-data)"; malloc. */
static char *describe_user(uid_t user)
{
    struct account account = find_account(user, (gid_t)-1);
    return account.found ? message_format("user %u (%s)", (unsigned)user, account.name)
                         : message_format("user %u", (unsigned)user);
}

static char *describe_group(gid_t group)
{
    struct group_entry entry = find_group(group, "");
    return entry.name[0] ? message_format("group %u (%s)", (unsigned)group, entry.name)
                         : message_format("group %u", (unsigned)group);
}

/* ---- One file or directory ------------------------------------------------------------------- */

struct walk {
    const char *asked;   /* the path as it was given */
    const char *verdict; /* of a refusal: what it is not */
    const char *otherwise; /* and what can be done besides */
    uid_t user;
    bool takes_for_root;  /* what looks like nobody's, where root cannot be seen */
    int directory; /* O_PATH of where we are */
    char *here;    /* its name */
    char *rest;    /* what is left to walk */
    unsigned links;
    char *message;
};

static void refuse(struct walk *walk, const char *name, char *reason, char *advice)
{
    bool is_itself = strcmp(name, walk->asked) == 0;
    walk->message = message_format(
        "%s %s: %s %s: %s%s", walk->asked, walk->verdict, is_itself ? "it" : name, reason, advice,
        walk->otherwise);
    free(reason);
    free(advice);
}

/* An access list's rights show as the group's, for people who are not in the group. */
static bool has_access_list(int file)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool check_writers(struct walk *walk, int file, const struct stat *status, const char *name)
{
    bool is_sticky = S_ISDIR(status->st_mode) && status->st_mode & S_ISVTX;
    if (S_ISLNK(status->st_mode) || is_sticky || !(status->st_mode & (S_IWGRP | S_IWOTH)))
        return true;
    if (status->st_mode & S_IWOTH) {
        refuse(walk, name, copy_string("can be written to by everybody"),
               message_format("chmod go-w %s", name));
        return false;
    }
    if (has_access_list(file)) {
        refuse(walk, name, copy_string("can be written to by others, by its access list"),
               message_format("setfacl -b %s", name));
        return false;
    }
    if (is_private_group(status->st_gid, status->st_uid))
        return true;
    char *group = describe_group(status->st_gid);
    refuse(walk, name, message_format("can be written to by %s", group),
           message_format("chmod g-w %s", name));
    free(group);
    return false;
}

static bool check_one(struct walk *walk, int file, const struct stat *status, const char *name)
{
    if (status->st_uid == 0 || status->st_uid == walk->user ||
        (walk->takes_for_root && is_perhaps_root(status->st_uid)))
        return check_writers(walk, file, status, name);
    char *owner = describe_user(status->st_uid), *user = describe_user(walk->user);
    char *reason = walk->user ? message_format("belongs to %s, neither to root nor to %s",
                                               owner, user)
                              : message_format("belongs to %s, not to root", owner);
    refuse(walk, name, reason, message_format("chown it, or take a copy that belongs to %s", user));
    free(owner);
    free(user);
    return false;
}

/* ---- The way --------------------------------------------------------------------------------- */

static void enter(struct walk *walk, int directory, char *name)
{
    if (walk->directory >= 0)
        close(walk->directory);
    free(walk->here);
    walk->directory = directory;
    walk->here = name;
}

static bool enter_root(struct walk *walk)
{
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat status;
    if (root < 0)
        return false;
    enter(walk, root, copy_string(""));
    return fstat(root, &status) == 0 && check_one(walk, root, &status, "/");
}

static bool follow(struct walk *walk, int link)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof target - 1);
    if (length < 0)
        return false;
    if (++walk->links > MOST_LINKS) {
        errno = ELOOP;
        return false;
    }
    target[length] = '\0';
    char *rest = message_format("%s/%s", target, walk->rest);
    free(walk->rest);
    walk->rest = rest;
    return target[0] != '/' || enter_root(walk);
}

/* The next name on the way, malloc; NULL at the end. */
static char *take_name(struct walk *walk)
{
    char *start = walk->rest;
    size_t length;
    do {
        start += strspn(start, "/");
        length = strcspn(start, "/");
    } while (length == 1 && start[0] == '.' && start++);
    if (!length)
        return NULL;
    char *name = message_format("%.*s", (int)length, start);
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return name;
}

/* The file at the end: opened, and what was opened is what is checked. */
static int open_file(struct walk *walk, const char *name, const char *whole)
{
    if (walk->rest[strspn(walk->rest, "/")]) {
        errno = ENOTDIR;
        return -1;
    }
    /* O_NONBLOCK: a FIFO must not make us wait for its writer. */
    int file = openat(walk->directory, name,
                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (file >= 0 && (fstat(file, &status) != 0 || !check_one(walk, file, &status, whole))) {
        close(file);
        return -1;
    }
    return file;
}

/* One name.  *file: what is there, opened, when it is no directory. */
static bool step(struct walk *walk, const char *name, int *file)
{
    int number = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    if (number < 0)
        return false;
    char *whole = message_format("%s/%s", walk->here, name);
    bool success = fstat(number, &status) == 0 && check_one(walk, number, &status, whole);
    if (success && S_ISDIR(status.st_mode)) {
        enter(walk, number, whole);
        return true;
    }
    if (success && S_ISLNK(status.st_mode))
        success = follow(walk, number);
    else if (success)
        success = (*file = open_file(walk, name, whole)) >= 0;
    int error = errno;
    close(number);
    free(whole);
    errno = error;
    return success;
}

static char *absolute_path(const char *path)
{
    char folder[PATH_MAX];
    if (path[0] == '/' || !getcwd(folder, sizeof folder))
        return copy_string(path);
    return message_format("%s/%s", folder, path);
}

/* To the end, which is `walk->directory` when no file comes out. */
static bool walk_path(struct walk *walk, int *file)
{
    *file = -1;
    bool success = enter_root(walk);
    char *name;
    while (success && *file < 0 && (name = take_name(walk))) {
        success = step(walk, name, file);
        int error = errno;
        free(name);
        errno = error;
    }
    return success;
}

static int open_at_end(struct walk *walk)
{
    walk->directory = -1;
    walk->rest = absolute_path(walk->asked);
    int file;
    if (walk_path(walk, &file) && file < 0)
        file = openat(walk->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    if (walk->directory >= 0)
        close(walk->directory);
    free(walk->here);
    free(walk->rest);
    errno = error;
    return file;
}

int trust_open(const char *path, uid_t user, char **message)
{
    *message = NULL;
    if (user == TRUST_EVERYBODY)
        return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct walk walk = {.asked = path, .user = user, .verdict = "is not safe to load",
                        .otherwise = "; for development there is allow-others-files, as an option "
                                     "and in the configuration"};
    int file = open_at_end(&walk);
    *message = walk.message;
    return file;
}

int trust_open_settings(const char *path, uid_t user, char **message)
{
    struct walk walk = {.asked = path, .user = user, .takes_for_root = true,
                        .verdict = "is not believed", .otherwise = ""};
    int file = open_at_end(&walk);
    *message = walk.message;
    return file;
}

int trust_open_directory(const char *path, uid_t user, char **message)
{
    struct walk walk = {.asked = path, .user = user, .takes_for_root = true,
                        .verdict = "is no safe place for control files",
                        .otherwise = ", or set KITSUNE_RUNTIME_DIR to a directory of your own"};
    int file = open_at_end(&walk);
    *message = walk.message;
    return file;
}
