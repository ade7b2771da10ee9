/* SPDX-License-Identifier: MIT */
/* Turns the references of an answer into absolute URLs. */
#include "codec/reference.h"

#include <string.h>

/* Returns true if the reference begins with a scheme, such as "https:". */
static bool is_absolute(struct chutes__slice reference)
{
    size_t i = 0;

    while (i < reference.len && strchr(":/?#", reference.data[i]) == NULL) {
        i++;
    }
    return i > 0 && i < reference.len && reference.data[i] == ':';
}

/* Returns how many bytes of the base are scheme, host and port. */
static size_t measure_origin(const char *base)
{
    const char *host = strstr(base, "//");

    host = host != NULL ? host + 2 : base;
    return (size_t)(host - base) + strcspn(host, "/");
}

/* `len` is the length of a folder in the base, whose first `len` bytes end with
 * a slash or with the origin. Returns the length of the folder above. */
static size_t measure_parent(const char *base, size_t origin, size_t len)
{
    while (len > origin + 1) {
        len--;
        if (base[len - 1] == '/') {
            break;
        }
    }
    return len;
}

/* Removes "./" and "../" from the beginning of the reference, and returns how
 * many bytes of the base precede the rest. */
static size_t climb(const char *base, size_t origin,
                    struct chutes__slice *reference)
{
    size_t len = strlen(base);

    while (len > origin && base[len - 1] != '/') {
        len--;
    }
    for (;;) {
        size_t step;

        if (chutes__slice_starts_with(*reference, "./")) {
            step = 2;
        } else if (chutes__slice_starts_with(*reference, "../")) {
            step = 3;
            len = measure_parent(base, origin, len);
        } else {
            return len;
        }
        reference->data += step;
        reference->len -= step;
    }
}

const char *chutes__reference_resolve(struct chutes__arena *arena,
                                      const char *base,
                                      struct chutes__slice reference)
{
    size_t origin = measure_origin(base);
    const char *slash = "";
    size_t kept;
    size_t slash_len;
    char *url;

    if (reference.len == 0 || is_absolute(reference)) {
        return chutes__arena_dup(arena, reference);
    }
    /* How the reference begins decides how much of the base it replaces
     * (RFC 3986, 5.2.2). */
    if (chutes__slice_starts_with(reference, "//")) {
        kept = (size_t)(strstr(base, "//") - base);
    } else if (reference.data[0] == '/') {
        kept = origin;
    } else if (reference.data[0] == '?') {
        kept = strlen(base);
    } else {
        kept = climb(base, origin, &reference);
        slash = kept == origin ? "/" : "";
    }
    slash_len = strlen(slash);
    url = chutes__arena_alloc(arena, 1, kept + slash_len + reference.len + 1);
    if (url != NULL) {
        memcpy(url, base, kept);
        memcpy(url + kept, slash, slash_len);
        memcpy(url + kept + slash_len, reference.data, reference.len);
        url[kept + slash_len + reference.len] = '\0';
    }
    return url;
}
