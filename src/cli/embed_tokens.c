/* SPDX-License-Identifier: MIT */
/* Reads the ids of the tokens of a text. */
#include "cli/embed_tokens.h"

#include "cli/alloc.h"

#include <stdlib.h>

struct cursor {
    const char *at;
    const char *end;
};

/* Takes the character if it comes next. */
static bool take(struct cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted) {
        return false;
    }
    cursor->at++;
    return true;
}

static void skip_blanks(struct cursor *cursor)
{
    while (take(cursor, ' ') || take(cursor, '\t')) {
    }
}

static bool is_at_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

static bool read_id(struct cursor *cursor, int64_t *id)
{
    if (!is_at_digit(cursor)) {
        return false;
    }
    *id = 0;
    do {
        if (__builtin_mul_overflow(*id, 10, id) ||
            __builtin_add_overflow(*id, *cursor->at - '0', id)) {
            return false;
        }
        cursor->at++;
    } while (is_at_digit(cursor));
    return true;
}

/* Goes to the next id. Returns false if there is none. */
static bool find_next(struct cursor *cursor)
{
    const char *id_end = cursor->at;

    skip_blanks(cursor);
    if (take(cursor, ',')) {
        skip_blanks(cursor);
        return true;
    }
    return cursor->at > id_end && is_at_digit(cursor);
}

bool cli_tokens_read(const char *text, size_t len, chutes_tokens *tokens,
                     size_t *fault_at)
{
    struct cursor cursor = {text, text + len};
    /* An id and the separator behind it take two bytes or more. */
    int64_t *ids = cli_alloc(len / 2 + 1, sizeof(*ids));
    size_t count = 0;
    bool is_bracketed;
    bool is_read;

    skip_blanks(&cursor);
    is_bracketed = take(&cursor, '[');
    skip_blanks(&cursor);
    do {
        is_read = read_id(&cursor, &ids[count]);
        count++;
    } while (is_read && find_next(&cursor));
    is_read = is_read && (!is_bracketed || take(&cursor, ']'));
    skip_blanks(&cursor);
    if (!is_read || cursor.at != cursor.end) {
        *fault_at = (size_t)(cursor.at - text);
        free(ids);
        return false;
    }
    tokens->ids = cli_resize(ids, count * sizeof(*ids));
    tokens->count = count;
    return true;
}
