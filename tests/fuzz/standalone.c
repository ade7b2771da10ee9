/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files and folders instead of a fuzzer, so that its
 * corpus is an ordinary test with any compiler. Each file is fed whole and cut
 * off at a few places. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PATHS = 65536, CUTS = 8 };

struct work {
    char *paths[MAX_PATHS]; /* files and folders still to be looked at */
    size_t count;
    size_t inputs; /* fed so far */
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(2);
}

static void add_path(struct work *work, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path == NULL || work->count == MAX_PATHS) {
        errno = ENOMEM;
        fail(name);
    }
    snprintf(path, size, "%s%s%s", folder, *folder == '\0' ? "" : "/", name);
    work->paths[work->count] = path;
    work->count++;
}

static void add_folder(struct work *work, const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry = NULL;

    if (folder == NULL) {
        fail(path);
    }
    for (entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            add_path(work, path, entry->d_name);
        }
    }
    closedir(folder);
}

/* Feeds a copy of exactly this size, so that sanitizers detect a read past its
 * end. */
static void feed(struct work *work, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL) {
        fail("malloc");
    }
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    work->inputs++;
    free(copy);
}

static void feed_file(struct work *work, const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(size + 1);
    size_t cut = 0;

    if (file == NULL || bytes == NULL || fread(bytes, 1, size, file) != size) {
        fail(path);
    }
    fclose(file);
    feed(work, bytes, size);
    for (cut = 1; cut < CUTS && size > 0; cut++) {
        feed(work, bytes, size * cut / CUTS);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    static struct work work;
    int i = 0;

    for (i = 1; i < argc; i++) {
        add_path(&work, "", argv[i]);
    }
    while (work.count > 0) {
        char *path = work.paths[--work.count];
        struct stat info;

        if (stat(path, &info) != 0) {
            fail(path);
        }
        if (S_ISDIR(info.st_mode)) {
            add_folder(&work, path);
        } else {
            feed_file(&work, path, (size_t)info.st_size);
        }
        free(path);
    }
    printf("%zu inputs\n", work.inputs);
    return work.inputs > 0 ? 0 : 1;
}
