/* SPDX-License-Identifier: MIT */
/* Writes the path of a chute in Chutes' management API. */
#include "codec/chute_path.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

/* The longest name that Chutes accepts. */
enum { MAX_NAME = 128 };

static bool has_dots(const char *chute)
{
    for (const char *at = chute; *at != '\0'; at += at[0] == '/' ? 1 : 0) {
        size_t len = strcspn(at, "/");

        if (len > 0 && len <= 2 && strspn(at, ".") == len) {
            return true;
        }
        at += len;
    }
    return false;
}

/* A name may have slashes: "Qwen/Qwen3-32B". */
static bool is_chute(const char *chute)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    size_t len = strlen(chute);

    return len > 0 && len <= MAX_NAME && chute[0] != '/' &&
           strspn(chute, allowed) == len && !has_dots(chute);
}

chutes_status chutes__chute_path_write(struct chutes__buf *path,
                                       const char *before, const char *chute,
                                       chutes_error *error)
{
    chutes_status status;

    if (chute == NULL || !is_chute(chute)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "chute must be the ID or the name of a chute: at "
                            "most 128 letters, digits and \"-_./\", without a "
                            "segment \".\" or \"..\"");
    }
    status = chutes__buf_appendf(path, "%s%s", before, chute);
    return status == CHUTES_OK ? CHUTES_OK : chutes__fail_status(error, status);
}
