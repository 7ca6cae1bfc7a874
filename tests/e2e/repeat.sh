#!/bin/bash
# Two hundred updates back to back in one process: nothing may grow.
. "$(dirname "$0")/../lib/harness.sh"

# A program that updates itself from one version to the other, over and over, and measures itself
# in the version that is reached at last.
mkdir v1 v2
cat >program.c <<'END'
#include "scene.h"
#include <dirent.h>
#include <link.h>

enum { UPDATES = 200, SETTLED = 40, LENGTH = 2000 };

#if VERSION == 1
struct node { int value; struct node *next; };
#else
struct node { struct node *next; long extra[3]; int value; };
#endif

/* What a process has, as the kernel and the dynamic linker see it. */
struct usage {
    long resident, descriptors, mappings, objects;
};

static struct node *list;
static int updates;
static struct usage settled;
static const char *name = "first";
static int (*check_value)(int);

static int is_right(int value)
{
    return value > 0 && value <= LENGTH;
}

static int count_object(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)info;
    (void)size;
    ++*(long *)count;
    return 0;
}

static struct usage measure(void)
{
    struct usage usage = {0, 0, 0, 0};
    char line[512];
    FILE *file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file))
        sscanf(line, "VmRSS: %ld", &usage.resident);
    fclose(file);
    file = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, file))
        usage.mappings += strchr(line, '\n') != NULL;
    fclose(file);
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        usage.descriptors++;
    closedir(folder);
    dl_iterate_phdr(count_object, &usage.objects);
    return usage;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        for (int i = LENGTH; i > 0; i--) {
            struct node *node = calloc(1, sizeof *node);
            node->value = i;
            node->next = list;
            list = node;
        }
        check_value = is_right;
    } else {
        updates++;
    }
    kitsune_update("again"); /* the update that led here ends */

    long sum = 0;
    for (struct node *node = list; node; node = node->next)
        sum += check_value(node->value) ? node->value : -1;
    if (sum != LENGTH * (LENGTH + 1L) / 2) {
        EXPECT(!"the list is whole");
        printf("after %d updates the sum is %ld\n", updates, sum);
        return 1;
    }
    if (updates == SETTLED)
        settled = measure();
    if (updates < UPDATES) {
        kitsune_set_next_version(VERSION == 1 ? "./v2.so" : "./v1.so");
        kitsune_signal_update();
        kitsune_update("again");
        EXPECT(!"the update happens");
        return 1;
    }
    struct usage last = measure();
    printf("after %d updates: %ld kB resident, %ld descriptors, %ld mappings, %ld objects\n",
           SETTLED, settled.resident, settled.descriptors, settled.mappings, settled.objects);
    printf("after %d updates: %ld kB resident, %ld descriptors, %ld mappings, %ld objects\n",
           updates, last.resident, last.descriptors, last.mappings, last.objects);
    EXPECT(updates == UPDATES);
    EXPECT(strcmp(name, "first") == 0);
    EXPECT(last.descriptors == settled.descriptors);
    EXPECT(last.objects == settled.objects);
    /* The allocator may split or join an arena's mapping now and then. */
    EXPECT(last.mappings <= settled.mappings + 4);
    EXPECT(last.resident <= settled.resident + 512);
    printf("scene ends\n");
    return 0;
}
END
for version in 1 2; do
    cp program.c v$version/app.c
    check "v$version builds" build_version v$version -DVERSION=$version
done
check "the way there" install_transformer v1 v2
check "and back" install_transformer v2 v1
output=$(timeout 250 kitsune run ./v1.so 2>&1)
count_expectations "200 updates" "$output"
check_match "arrives at the end" '^scene ends$' "$output"
echo "$output" | grep '^after'

end_of_test
