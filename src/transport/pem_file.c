/* SPDX-License-Identifier: MIT */
/*
 * Reads files of certificates and keys into memory.
 */
#include "transport/pem_file.h"

#include "base/error.h"
#include "base/mem.h"

#include <openssl/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* The CA bundles of Linux distributions have about 200 KiB. */
enum { MAX_FILE_BYTES = 4 << 20 };

/* The checks return NULL or what is wrong with the file. */

static const char *open_file(const char *path, int *fd)
{
    /* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd != -1) {
        return NULL;
    }
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return "does not exist";
    case EACCES:
        return "may not be read";
    case EMFILE:
    case ENFILE:
        return "cannot be opened, as too many files are open";
    default:
        return "cannot be opened";
    }
}

static const char *check_size(int fd, size_t *size)
{
    struct stat info;

    if (fstat(fd, &info) == -1) {
        return "cannot be read";
    }
    if (!S_ISREG(info.st_mode)) {
        return "is not a regular file";
    }
    if (info.st_size > MAX_FILE_BYTES) {
        return "is larger than 4 MiB";
    }
    *size = (size_t)info.st_size;
    return NULL;
}

/* Lowers *size if the file has become shorter. */
static bool read_all(int fd, char *bytes, size_t *size)
{
    size_t done = 0;

    while (done < *size) {
        ssize_t count = read(fd, bytes + done, *size - done);

        if (count == -1 && errno == EINTR) {
            continue;
        }
        if (count == -1) {
            return false;
        }
        if (count == 0) {
            break;
        }
        done += (size_t)count;
    }
    *size = done;
    return true;
}

chutes_status chutes__pem_refuse(chutes_error *error, const char *field,
                                 const char *complaint, const char *path)
{
    return chutes__fail(error, CHUTES_ERR_CONFIG, "%s %s: %s", field, complaint,
                        path);
}

chutes_status chutes__pem_load(const char *path, const char *field,
                               struct chutes__pem *pem, chutes_error *error)
{
    chutes_status status = CHUTES_OK;
    int fd;
    const char *complaint = open_file(path, &fd);

    *pem = (struct chutes__pem){NULL, 0};
    if (complaint == NULL) {
        complaint = check_size(fd, &pem->size);
    }
    if (complaint == NULL) {
        pem->bytes = chutes__mem_alloc(pem->size);
        if (pem->bytes == NULL) {
            status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        } else if (!read_all(fd, pem->bytes, &pem->size)) {
            complaint = "cannot be read";
        }
    }
    if (complaint != NULL) {
        chutes__pem_dispose(pem);
        status = chutes__pem_refuse(error, field, complaint, path);
    }
    if (fd != -1) {
        (void)close(fd);
    }
    return status;
}

void chutes__pem_dispose(struct chutes__pem *pem)
{
    if (pem->bytes != NULL) {
        OPENSSL_cleanse(pem->bytes, pem->size);
        chutes__mem_free(pem->bytes);
    }
    *pem = (struct chutes__pem){NULL, 0};
}

BIO *chutes__pem_open(const struct chutes__pem *pem)
{
    return BIO_new_mem_buf(pem->bytes, (int)pem->size);
}

int chutes__pem_refuse_password(char *password, int size, int is_writing,
                                void *userdata)
{
    (void)password;
    (void)size;
    (void)is_writing;
    (void)userdata;
    return -1;
}
