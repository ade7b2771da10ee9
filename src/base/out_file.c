/* SPDX-License-Identifier: MIT */
/* Writes a file that others see only when it is complete. */
#include "base/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/random.h"

enum { MODE_BITS = 0777, GROUP_SHIFT = 3, TRIES = 8, SUFFIX_SIZE = 40 };

/* The length of the folder's name, with its slash. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (size_t)(slash + 1 - path) : 0;
}

/* Writes the name of a hidden file in the folder of `path`. `room` is the
 * memory that is left in `name` after the folder. */
static void write_name(char *name, const char *path, size_t room)
{
    size_t len = folder_len(path);

    memcpy(name, path, len);
    (void)snprintf(name + len, room, ".chutes-%016" PRIx64 ".part",
                   chutes__random_u64());
}

static int create(struct chutes__out_file *file, mode_t mode)
{
    for (int i = 0; i < TRIES; i++) {
        write_name(file->temporary, file->path, SUFFIX_SIZE);
        file->descriptor = open(file->temporary,
                                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file->descriptor >= 0) {
            return 0;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return errno;
}

static void forget(struct chutes__out_file *file)
{
    chutes__mem_free(file->path);
    chutes__mem_free(file->temporary);
    *file = (struct chutes__out_file){0};
}

/* Creates the temporary file for `path`, which must not be a symbolic link. */
static int open_beside(struct chutes__out_file *file, const char *path,
                       mode_t mode)
{
    size_t len = strlen(path);
    int code;

    if (len == folder_len(path)) {
        return ENOENT;
    }
    file->path = chutes__mem_alloc(len + 1);
    file->temporary = chutes__mem_alloc(folder_len(path) + SUFFIX_SIZE);
    if (file->path == NULL || file->temporary == NULL) {
        forget(file);
        return ENOMEM;
    }
    memcpy(file->path, path, len + 1);
    code = create(file, mode);
    if (code != 0) {
        forget(file);
    }
    return code;
}

static bool is_link(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0 && S_ISLNK(found.st_mode);
}

/* Gives the file the mode and the group of the file that it will replace. If
 * the group can't be set, the group that the file has instead must not inherit
 * its rights: it gets only those that everybody has. */
static int resemble(int descriptor, const struct stat *found)
{
    mode_t mode = found->st_mode & MODE_BITS;
    struct stat own;

    if (fstat(descriptor, &own) != 0) {
        return errno;
    }
    if (own.st_gid != found->st_gid &&
        fchown(descriptor, (uid_t)-1, found->st_gid) != 0) {
        mode &= ~(mode_t)S_IRWXG | (mode & S_IRWXO) << GROUP_SHIFT;
    }
    return fchmod(descriptor, mode) == 0 ? 0 : errno;
}

int chutes__out_file_open(struct chutes__out_file *file, const char *path,
                          mode_t mode)
{
    char target[PATH_MAX];
    struct stat found;
    int code;

    if (stat(path, &found) != 0) {
        /* Another error, such as ENAMETOOLONG, would also meet the rename, when
         * the bytes have arrived. */
        return errno == ENOENT ? open_beside(file, path, mode) : errno;
    }
    /* A rename would replace a device or a socket with the file. */
    if (!S_ISREG(found.st_mode)) {
        return EEXIST;
    }
    if (is_link(path)) {
        if (realpath(path, target) == NULL) {
            return errno;
        }
        path = target;
    }
    code = open_beside(file, path, CHUTES__OUT_FILE_PRIVATE);
    if (code != 0) {
        return code;
    }
    code = resemble(file->descriptor, &found);
    if (code != 0) {
        chutes__out_file_dispose(file);
    }
    return code;
}

int chutes__out_file_write(struct chutes__out_file *file, const char *bytes,
                           size_t len)
{
    while (len > 0) {
        ssize_t count = write(file->descriptor, bytes, len);

        if (count < 0 && errno != EINTR) {
            return errno;
        }
        if (count > 0) {
            bytes += count;
            len -= (size_t)count;
        }
    }
    return 0;
}

int chutes__out_file_clear(struct chutes__out_file *file)
{
    return ftruncate(file->descriptor, 0) == 0 &&
                   lseek(file->descriptor, 0, SEEK_SET) == 0
               ? 0
               : errno;
}

/* Makes the new name survive a crash, if the file system supports that. */
static void sync_folder(const char *path)
{
    size_t len = folder_len(path);
    char *name = chutes__mem_alloc(len + 2);
    int descriptor;

    if (name == NULL) {
        return;
    }
    memcpy(name, path, len);
    memcpy(name + len, ".", 2);
    descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    chutes__mem_free(name);
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        (void)close(descriptor);
    }
}

int chutes__out_file_commit(struct chutes__out_file *file)
{
    int code = fsync(file->descriptor) == 0 ? 0 : errno;

    if (close(file->descriptor) != 0 && code == 0) {
        code = errno;
    }
    file->descriptor = -1;
    if (code == 0 && rename(file->temporary, file->path) != 0) {
        code = errno;
    }
    if (code == 0) {
        sync_folder(file->path);
        forget(file);
    }
    return code;
}

void chutes__out_file_dispose(struct chutes__out_file *file)
{
    if (file->path == NULL) {
        return;
    }
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
    }
    (void)unlink(file->temporary);
    forget(file);
}

const char *chutes__out_file_reason(int code)
{
    switch (code) {
    case EACCES:
    case EPERM:
        return "permission denied";
    case EEXIST:
        return "it exists and isn't a regular file";
    case EFBIG:
        return "the file is too large";
    case EIO:
        return "an input or output error";
    case EISDIR:
        return "it is a folder";
    case ENAMETOOLONG:
        return "the name is too long";
    case EMFILE:
    case ENFILE:
        return "no file descriptor is left";
    case ENOENT:
    case ENOTDIR:
        return "there is no such folder";
    case ENOMEM:
        return "out of memory";
    case ENOSPC:
    case EDQUOT:
        return "no space is left";
    case EROFS:
        return "the file system is read-only";
    default:
        return "the system refused it";
    }
}
