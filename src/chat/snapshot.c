/* SPDX-License-Identifier: MIT */
/* Compares a snapshot of all text so far with the text that was received. */
#include "chat/snapshot.h"

#include <string.h>

enum { MAX_LEADING_BLANKS = 64 };

static struct chutes__slice skip_blanks(struct chutes__slice text)
{
    size_t i = 0;

    while (i < MAX_LEADING_BLANKS && i < text.len &&
           (unsigned char)text.data[i] <= ' ') {
        i++;
    }
    return (struct chutes__slice){text.data + i, text.len - i};
}

struct chutes__slice chutes__snapshot_news(const struct chutes__buf *text,
                                           const struct chutes__buf *snapshot)
{
    struct chutes__slice old = skip_blanks(chutes__buf_slice(text));
    struct chutes__slice fresh = skip_blanks(chutes__buf_slice(snapshot));
    size_t common = old.len < fresh.len ? old.len : fresh.len;

    if (common > 0 && memcmp(old.data, fresh.data, common) != 0) {
        return chutes__buf_slice(snapshot);
    }
    return (struct chutes__slice){fresh.data + common, fresh.len - common};
}

bool chutes__snapshot_is_tail(const struct chutes__buf *text,
                              const struct chutes__buf *snapshot)
{
    struct chutes__slice fresh = skip_blanks(chutes__buf_slice(snapshot));

    return fresh.len > 0 && fresh.len <= text->len &&
           memcmp(text->data + (text->len - fresh.len), fresh.data,
                  fresh.len) == 0;
}
