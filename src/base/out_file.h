/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_OUT_FILE_H
#define CHUTES_BASE_OUT_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A file that appears under its name only when it is whole: until then, its
 * bytes are in a temporary file in the same folder. The functions that return
 * an int return 0 or an errno value. Start from a zeroed struct.
 */
struct chutes__out_file {
    char *path; /* NULL: not open */
    char *temporary;
    int descriptor;
};

/* The modes of new files; the process's umask removes bits. */
#define CHUTES__OUT_FILE_SHARED 0666
#define CHUTES__OUT_FILE_PRIVATE 0600

/* Creates the temporary file. If `path` exists, the new file gets its mode and
 * group, and a symbolic link stays a link; otherwise the new file gets `mode`.
 * If the process may not set that group, the new file's group gets no rights
 * that others don't have. EEXIST: `path` exists but isn't a regular file, so it
 * must not be replaced. */
int chutes__out_file_open(struct chutes__out_file *file, const char *path,
                          mode_t mode) __attribute__((warn_unused_result));

int chutes__out_file_write(struct chutes__out_file *file, const char *bytes,
                           size_t len) __attribute__((warn_unused_result));

/* Removes all bytes that were written so far. */
int chutes__out_file_clear(struct chutes__out_file *file)
    __attribute__((warn_unused_result));

/* Syncs the file to the disk, renames it to `path`, replacing any file of that
 * name, and closes it. */
int chutes__out_file_commit(struct chutes__out_file *file)
    __attribute__((warn_unused_result));

/* Closes the file and removes it, unless it was committed. */
void chutes__out_file_dispose(struct chutes__out_file *file);

/* Returns a constant that describes an errno value. */
const char *chutes__out_file_reason(int code);

#endif
