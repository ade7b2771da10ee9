/* SPDX-License-Identifier: MIT */
/* Memory for keys. Each key has its own pages, so that they can be locked and
 * excluded from core dumps without affecting other memory. */
#include "crypto/secret.h"

#include "base/mem.h"

#include <openssl/crypto.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Returns NULL if the system has no pages left. A failure to lock the pages or
 * to exclude them is ignored: limits on locked memory are often tiny. */
static char *map_pages(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED) {
        return NULL;
    }
    (void)mlock(pages, size);
#ifdef MADV_DONTDUMP
    (void)madvise(pages, size, MADV_DONTDUMP);
#endif
    return pages;
}

static size_t round_to_pages(size_t size)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t unit = page > 0 ? (size_t)page : 4096;

    return (size + unit - 1) / unit * unit;
}

chutes_status chutes__secret_set(struct chutes__secret *secret,
                                 const char *text, size_t len)
{
    struct chutes__secret fresh = {.len = len,
                                   .mapped = round_to_pages(len + 1)};

    fresh.text = map_pages(fresh.mapped);
    if (fresh.text == NULL) {
        fresh.mapped = 0;
        fresh.text = chutes__mem_alloc(len + 1);
    }
    if (fresh.text == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    memcpy(fresh.text, text, len);
    fresh.text[len] = '\0';
    /* Free the old key last: a failure leaves it in place, and `text` may point
     * into it. */
    chutes__secret_dispose(secret);
    *secret = fresh;
    return CHUTES_OK;
}

void chutes__secret_dispose(struct chutes__secret *secret)
{
    if (secret->text != NULL) {
        chutes__secret_wipe(secret->text, secret->len);
    }
    if (secret->mapped != 0) {
        /* This also unlocks the pages. */
        (void)munmap(secret->text, secret->mapped);
    } else {
        chutes__mem_free(secret->text);
    }
    *secret = (struct chutes__secret){0};
}

void chutes__secret_wipe(void *bytes, size_t len)
{
    OPENSSL_cleanse(bytes, len);
}
