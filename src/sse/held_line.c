/* SPDX-License-Identifier: MIT */
/* Stores a line that continues in the next chunk, but only the part that the
 * parser needs: a comment of a megabyte takes no memory. */
#include "sse/held_line.h"

#include <string.h>

#include "base/count.h"
#include "base/slice.h"

enum {
    MAX_KEPT = 64 * 1024, /* bytes of memory to keep after a huge line */
    MAX_NAME = 6          /* bytes of "event:", enough to classify any line */
};

static bool is_same(const char *bytes, const char *name, size_t len,
                    enum chutes__held_line_kind kind)
{
    return kind == CHUTES__HELD_LINE_FIELD
               ? memcmp(bytes, name, len) == 0
               : chutes__slice_equals_nocase((struct chutes__slice){bytes, len},
                                             (struct chutes__slice){name, len});
}

/* A line that is still the beginning of a name is undecided. So is a bare
 * "data", which is a field without a value: it is shorter than MAX_NAME, so it
 * is stored. */
static enum chutes__held_line_kind classify(const char *bytes, size_t len)
{
    static const struct {
        const char *name;
        enum chutes__held_line_kind kind;
    } names[] = {
        {"data:", CHUTES__HELD_LINE_FIELD},
        {"event:", CHUTES__HELD_LINE_FIELD},
        {"id:", CHUTES__HELD_LINE_FIELD},
        {"retry:", CHUTES__HELD_LINE_FIELD},
        {"{", CHUTES__HELD_LINE_RESIDUE},
        {"[", CHUTES__HELD_LINE_RESIDUE},
        {" ", CHUTES__HELD_LINE_RESIDUE},
        {"\t", CHUTES__HELD_LINE_RESIDUE},
        {"data:", CHUTES__HELD_LINE_RESIDUE}, /* in capitals */
        {"data ", CHUTES__HELD_LINE_RESIDUE},
        {"data\t", CHUTES__HELD_LINE_RESIDUE},
        {"error:", CHUTES__HELD_LINE_RESIDUE},
    };

    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        size_t name_len = strlen(names[i].name);
        size_t common = len < name_len ? len : name_len;

        if (is_same(bytes, names[i].name, common, names[i].kind)) {
            return common == name_len ? names[i].kind
                                      : CHUTES__HELD_LINE_UNDECIDED;
        }
    }
    return CHUTES__HELD_LINE_IGNORED;
}

/* Returns how many of the next `len` bytes of the line must be stored. */
static size_t count_stored(const struct chutes__held_line *line, size_t len)
{
    size_t room;

    if (line->kind == CHUTES__HELD_LINE_FIELD) {
        return len;
    }
    if (line->kind == CHUTES__HELD_LINE_IGNORED) {
        return 0;
    }
    room = line->kind == CHUTES__HELD_LINE_UNDECIDED
               ? MAX_NAME
               : CHUTES__HELD_LINE_MAX_RESIDUE;
    room -= line->buf.len;
    return len < room ? len : room;
}

chutes_status chutes__held_line_append(struct chutes__held_line *line,
                                       const char *bytes, size_t len)
{
    if (line->len == 0) {
        chutes__buf_recycle(&line->buf, MAX_KEPT);
        line->kind = CHUTES__HELD_LINE_UNDECIDED;
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
