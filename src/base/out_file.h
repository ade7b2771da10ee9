/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_OUT_FILE_H
#define CHUTES_BASE_OUT_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A file that appears under its name only when it is whole: until then, its
 * bytes are in a file of another name in the same folder. The functions that
 * return an int return 0 or a number of errno. Start from a zeroed struct.
 */
struct chutes__out_file {
    char *path; /* NULL: not open */
    char *temporary;
    int descriptor;
};

/* The modes of new files; the process's umask removes bits. */
#define CHUTES__OUT_FILE_SHARED 0666
#define CHUTES__OUT_FILE_PRIVATE 0600

/* Creates the temporary file. If `path` exists, it keeps its mode and its
 * group, and a symbolic link to it stays; otherwise `mode` counts. If the
 * process may not give the file that group, its new group gets no right that
 * others don't have. EEXIST: `path` exists but isn't a regular file, so it must
 * not be replaced. */
int chutes__out_file_open(struct chutes__out_file *file, const char *path,
                          mode_t mode) __attribute__((warn_unused_result));

int chutes__out_file_write(struct chutes__out_file *file, const char *bytes,
                           size_t len) __attribute__((warn_unused_result));

/* Removes what was written. */
int chutes__out_file_clear(struct chutes__out_file *file)
    __attribute__((warn_unused_result));

/* Gives the file its name, replacing a file of that name, and closes it. It has
 * reached the disk then. */
int chutes__out_file_commit(struct chutes__out_file *file)
    __attribute__((warn_unused_result));

/* Closes the file and removes it, unless it was committed. */
void chutes__out_file_dispose(struct chutes__out_file *file);

/* Returns a constant text for a number of errno. */
const char *chutes__out_file_reason(int code);

#endif
