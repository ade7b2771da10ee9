/* SPDX-License-Identifier: MIT */
/*
 * Collects the lines of a head, and iterates over the headers in them.
 */
#include "transport/head.h"

#include "base/count.h"
#include "base/slice.h"

#include <string.h>

enum { MAX_SPARE = 16384 };

/* Moves the memory of a buffer into an empty one, which keeps its limit. */
static void move(struct chutes__buf *from, struct chutes__buf *to)
{
    const size_t from_limit = from->limit;
    const size_t to_limit = to->limit;

    *to = *from;
    to->limit = to_limit;
    chutes__buf_clear(to);
    chutes__buf_init(from, from_limit);
}

void chutes__head_init(struct chutes__head *head, size_t limit)
{
    *head = (struct chutes__head){.limit = limit};
    chutes__buf_init(&head->lines, limit);
}

void chutes__head_dispose(struct chutes__head *head)
{
    chutes__buf_dispose(&head->lines);
}

void chutes__head_retire(struct chutes__head *head, struct chutes__buf *spare)
{
    if (spare->cap == 0 && head->lines.cap > 0 &&
        head->lines.cap <= MAX_SPARE) {
        move(&head->lines, spare);
    }
    chutes__buf_dispose(&head->lines);
}

void chutes__head_take_spare(struct chutes__head *head,
                             struct chutes__buf *spare)
{
    if (head->lines.cap == 0 && spare->cap > 0 &&
        head->state != CHUTES__HEAD_WHOLE) {
        move(spare, &head->lines);
    }
}

static struct chutes__slice strip_end(const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\n') {
        len--;
    }
    if (len > 0 && line[len - 1] == '\r') {
        len--;
    }
    return (struct chutes__slice){line, len};
}

/* Returns the length of the "HTTP/1.1 " before a status; 0: another version.
 * Some versions of libcurl accept HTTP/3 here, and some accept anything. */
static size_t measure_version(struct chutes__slice line)
{
    static const char *const versions[] = {"HTTP/1.1 ", "HTTP/1.0 ", "HTTP/2 "};

    for (size_t i = 0; i < CHUTES__COUNT(versions); i++) {
        size_t len = strlen(versions[i]);

        if (line.len >= len && memcmp(line.data, versions[i], len) == 0) {
            return len;
        }
    }
    return 0;
}

/* Returns the status in "HTTP/1.1 200 OK"; 0: not three digits, which not every
 * version of libcurl checks. */
static int parse_status(struct chutes__slice line)
{
    size_t at = measure_version(line);
    const char *digits = line.data + at;

    if (at == 0 || line.len < at + 3 || !chutes__is_digit(digits[0]) ||
        !chutes__is_digit(digits[1]) || !chutes__is_digit(digits[2]) ||
        (line.len > at + 3 && digits[3] != ' ')) {
        return 0;
    }
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

/* 101 isn't an interim answer: no other answer follows it. */
static bool is_interim(int status)
{
    return status >= 100 && status < 200 && status != 101;
}

static chutes_status open_head(struct chutes__head *head,
                               struct chutes__slice line)
{
    int status = parse_status(line);

    if (status < 100) {
        return CHUTES_ERR_PROTOCOL;
    }
    if (is_interim(status)) {
        head->state = CHUTES__HEAD_INTERIM;
    } else {
        head->state = CHUTES__HEAD_OPEN;
        head->status = status;
    }
    return CHUTES_OK;
}

static chutes_status append_line(struct chutes__head *head,
                                 struct chutes__slice line)
{
    chutes_status status;

    /* RFC 9112, 5.2: a line that starts with a blank continues the previous
     * one. The line end and the blanks become one blank. */
    if (chutes__is_blank(line.data[0], CHUTES__BLANKS_HTTP) &&
        head->lines.len > 0) {
        head->lines.data[head->lines.len - 1] = ' ';
        line = chutes__slice_trim(line, CHUTES__BLANKS_HTTP);
    }
    status = chutes__buf_append(&head->lines, line.data, line.len);
    if (status != CHUTES_OK) {
        return status;
    }
    return chutes__buf_append(&head->lines, "\n", 1);
}

chutes_status chutes__head_add(struct chutes__head *head, const char *line,
                               size_t len, bool *is_whole)
{
    struct chutes__slice text = strip_end(line, len);

    *is_whole = false;
    if (len > head->limit - head->counted ||
        head->line_count == CHUTES__HEAD_MAX_LINES) {
        return CHUTES_ERR_TOO_LARGE;
    }
    head->counted += len;
    head->line_count++;
    switch (head->state) {
    case CHUTES__HEAD_NONE:
        return open_head(head, text);
    case CHUTES__HEAD_INTERIM:
        if (text.len == 0) {
            head->state = CHUTES__HEAD_NONE;
        }
        break;
    case CHUTES__HEAD_OPEN:
        if (text.len > 0) {
            return append_line(head, text);
        }
        head->state = CHUTES__HEAD_WHOLE;
        *is_whole = true;
        break;
    case CHUTES__HEAD_WHOLE:
        break; /* a trailer */
    }
    return CHUTES_OK;
}

bool chutes__head_next(const struct chutes__head *head, size_t *at,
                       struct chutes__slice *name, struct chutes__slice *value)
{
    while (*at < head->lines.len) {
        const char *line = head->lines.data + *at;
        /* memchr() finds an end: append_line() adds '\n' to each line. */
        size_t len =
            (size_t)((const char *)memchr(line, '\n', head->lines.len - *at) -
                     line);
        const char *colon = memchr(line, ':', len);

        *at += len + 1;
        if (colon != NULL) {
            const struct chutes__slice before = {line, (size_t)(colon - line)};
            const struct chutes__slice behind = {colon + 1,
                                                 len - before.len - 1};

            *name = chutes__slice_trim(before, CHUTES__BLANKS_HTTP);
            *value = chutes__slice_trim(behind, CHUTES__BLANKS_HTTP);
            return true;
        }
    }
    return false;
}
