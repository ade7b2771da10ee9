/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/mem.h"
#include "transport/url.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 4 << 20 };

/* The checks return NULL or what is wrong with the file. */

static const char *open_file(const char *path, int *fd)
{
    /* A pipe must not make the caller wait. */
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
    if (info.st_size > SIZE_MAX_BYTES) {
        return "is larger than 4 MiB";
    }
    *size = (size_t)info.st_size;
    return NULL;
}

/* As far as it goes; *size receives how far. */
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

/* OpenSSL's own asks the terminal. */
static int refuse_password(char *password, int size, int is_writing,
                           void *userdata)
{
    (void)password;
    (void)size;
    (void)is_writing;
    (void)userdata;
    return -1;
}

/* The host may have errors of its own in OpenSSL's queue. */
static bool has_certificate(const char *bytes, size_t size)
{
    BIO *bio = BIO_new_mem_buf(bytes, (int)size);
    X509 *certificate;

    if (bio == NULL) {
        return false;
    }
    (void)ERR_set_mark();
    certificate = PEM_read_bio_X509_AUX(bio, NULL, refuse_password, NULL);
    (void)ERR_pop_to_mark();
    BIO_free(bio);
    X509_free(certificate);
    return certificate != NULL;
}

static const char *check_contents(int fd, char *bytes, size_t size)
{
    if (!read_all(fd, bytes, &size)) {
        return "cannot be read";
    }
    return has_certificate(bytes, size) ? NULL : "holds no PEM certificate";
}

chutes_status chutes__ca_file_check(const char *path, chutes_error *error)
{
    int fd = -1;
    size_t size = 0;
    char *bytes = NULL;
    chutes_status status = CHUTES_OK;
    const char *complaint = open_file(path, &fd);

    if (complaint == NULL) {
        complaint = check_size(fd, &size);
    }
    if (complaint == NULL) {
        bytes = chutes__mem_alloc(size);
        if (bytes == NULL) {
            status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        } else {
            complaint = check_contents(fd, bytes, size);
        }
    }
    if (complaint != NULL) {
        status = chutes__fail(error, CHUTES_ERR_CONFIG, "ca_file %s: %s",
                              complaint, path);
    }
    chutes__mem_free(bytes);
    if (fd != -1) {
        (void)close(fd);
    }
    return status;
}
