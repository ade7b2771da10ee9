/* SPDX-License-Identifier: MIT */
/* Stores a line that continues in the next chunk, but only the part that the
 * parser needs: a comment of a megabyte takes no memory. */
#include "sse/held_line.h"

#include <string.h>

#include "base/count.h"
#include "base/slice.h"
#include "sse/residue.h"

enum {
    MAX_KEPT = 64 * 1024, /* bytes of memory to keep after a huge line */
    MAX_NAME = 6          /* bytes of "event:", enough to classify any line */
};

/* A line that is still the beginning of a name is undecided. So is a bare
 * "data", which is a field without a value: it is shorter than MAX_NAME, so it
 * is stored. Case is ignored, because a misspelt data field may hold JSON. */
static enum chutes__held_line_kind classify(const char *bytes, size_t len)
{
    static const char *const kept[] = {
        "data:", "event:", "id:", "retry:", "error:",
        "data ", "data\t", "{",   "[",
    };

    if (chutes__residue_may_follow(bytes[0])) {
        return CHUTES__HELD_LINE_KEPT;
    }

    for (size_t i = 0; i < CHUTES__COUNT(kept); i++) {
        size_t name_len = strlen(kept[i]);
        size_t common = len < name_len ? len : name_len;

        if (chutes__slice_equals_nocase(
                (struct chutes__slice){bytes, common},
                (struct chutes__slice){kept[i], common})) {
            return common == name_len ? CHUTES__HELD_LINE_KEPT
                                      : CHUTES__HELD_LINE_UNDECIDED;
        }
    }
    return CHUTES__HELD_LINE_IGNORED;
}

/* Returns how many of the next `len` bytes of the line must be stored. */
static size_t count_stored(const struct chutes__held_line *line, size_t len)
{
    size_t room;

    if (line->kind == CHUTES__HELD_LINE_KEPT) {
        return len;
    }
    if (line->kind == CHUTES__HELD_LINE_IGNORED) {
        return 0;
    }
    room = MAX_NAME - line->buf.len;
    return len < room ? len : room;
}

chutes_status chutes__held_line_append(struct chutes__held_line *line,
                                       const char *bytes, size_t len)
{
    if (line->len == 0) {
        chutes__buf_recycle(&line->buf, MAX_KEPT);
        line->kind = line->keeps_all ? CHUTES__HELD_LINE_KEPT
                                     : CHUTES__HELD_LINE_UNDECIDED;
    }
    if (len > line->buf.limit - line->len) {
        return CHUTES_ERR_TOO_LARGE;
    }
    line->len += len;
    /* Store at most MAX_NAME bytes to classify the line, then as many of the
     * others as its kind requires. */
    while (len > 0) {
        size_t stored = count_stored(line, len);
        chutes_status status = chutes__buf_append(&line->buf, bytes, stored);

        if (status != CHUTES_OK || line->kind != CHUTES__HELD_LINE_UNDECIDED) {
            return status;
        }
        line->kind = classify(line->buf.data, line->buf.len);
        bytes += stored;
        len -= stored;
    }
    return CHUTES_OK;
}

void chutes__held_line_reset(struct chutes__held_line *line)
{
    chutes__buf_clear(&line->buf);
    line->len = 0;
    line->kind = CHUTES__HELD_LINE_UNDECIDED;
    line->keeps_all = false;
}

void chutes__held_line_init(struct chutes__held_line *line, size_t max_len)
{
    chutes__buf_init(&line->buf, max_len);
    chutes__held_line_reset(line);
}

void chutes__held_line_dispose(struct chutes__held_line *line)
{
    chutes__buf_dispose(&line->buf);
}
