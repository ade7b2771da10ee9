/* SPDX-License-Identifier: MIT */
/* Reads the texts to embed one by one, from the command line or from standard
 * input. */
#include "cli/embed_lines.h"

#include "cli/alloc.h"
#include "cli/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10 };

/* More than any model reads. */
#define MAX_LINE_BYTES ((size_t)16 << 20)

void cli_lines_init(struct cli_lines *lines, const struct cli_list *operands,
                    const char *noun)
{
    bool is_dash = operands->count == 1 && strcmp(operands->items[0], "-") == 0;

    memset(lines, 0, sizeof(*lines));
    lines->noun = noun;
    if (operands->count > 0 && !is_dash) {
        lines->operands = operands;
    } else {
        lines->has_more = true;
    }
}

void cli_lines_dispose(struct cli_lines *lines)
{
    free(lines->bytes);
    lines->bytes = NULL;
}

const char *cli_lines_noun(const struct cli_lines *lines)
{
    return lines->operands != NULL ? lines->noun : "line";
}

void cli_lines_refuse(const struct cli_lines *lines, const char *reason,
                      chutes_error *error)
{
    cli_report_fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s %zu%s %s",
                    cli_lines_noun(lines), lines->taken + 1,
                    lines->operands != NULL ? "" : " of standard input",
                    reason);
}

static enum cli_line refuse(const struct cli_lines *lines, const char *reason,
                            chutes_error *error)
{
    cli_lines_refuse(lines, reason, error);
    return CLI_LINE_BAD;
}

static enum cli_line peek_operand(struct cli_lines *lines, const char **text,
                                  size_t *len, chutes_error *error)
{
    if (lines->taken == lines->operands->count) {
        return CLI_LINE_END;
    }
    *text = lines->operands->items[lines->taken];
    *len = strlen(*text);
    return *len > 0 ? CLI_LINE_TEXT : refuse(lines, "is empty", error);
}

/* Finds the end of the line. Returns false if it hasn't arrived yet. */
static bool find_end(struct cli_lines *lines)
{
    const char *end;

    if (lines->scanned == lines->end) {
        return !lines->has_more;
    }
    end = memchr(lines->bytes + lines->scanned, '\n',
                 lines->end - lines->scanned);
    lines->scanned = end != NULL ? (size_t)(end - lines->bytes) : lines->end;
    return end != NULL || !lines->has_more;
}

enum cli_line cli_lines_peek(struct cli_lines *lines, const char **text,
                             size_t *len, chutes_error *error)
{
    if (lines->operands != NULL) {
        return peek_operand(lines, text, len, error);
    }
    if (!find_end(lines)) {
        return CLI_LINE_WAIT;
    }
    if (lines->begin == lines->end) {
        return CLI_LINE_END;
    }
    *text = lines->bytes + lines->begin;
    *len = lines->scanned - lines->begin;
    if (*len > 0 && (*text)[*len - 1] == '\r') {
        --*len;
    }
    if (*len == 0) {
        return refuse(lines, "is empty", error);
    }
    return memchr(*text, '\0', *len) == NULL
               ? CLI_LINE_TEXT
               : refuse(lines, "contains a NUL byte, so it isn't text", error);
}

void cli_lines_take(struct cli_lines *lines)
{
    lines->taken++;
    if (lines->operands == NULL) {
        lines->begin = lines->scanned + (lines->scanned < lines->end ? 1 : 0);
        lines->scanned = lines->begin;
    }
}

static void make_room(struct cli_lines *lines)
{
    size_t len = lines->end - lines->begin;

    if (lines->begin > 0) {
        memmove(lines->bytes, lines->bytes + lines->begin, len);
        lines->scanned -= lines->begin;
        lines->begin = 0;
        lines->end = len;
    }
    if (lines->capacity < len + READ_BYTES) {
        lines->capacity = 2 * len + READ_BYTES;
        lines->bytes = cli_resize(lines->bytes, lines->capacity);
    }
}

/* Some editors begin a file with a byte order mark, which isn't part of it. */
static void skip_mark(struct cli_lines *lines)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t len = sizeof(mark) - 1;
    size_t arrived = lines->end < len ? lines->end : len;

    if (lines->is_begun) {
        return;
    }
    if (memcmp(lines->bytes, mark, arrived) != 0) {
        lines->is_begun = true; /* with something else */
    } else if (arrived == len) {
        lines->is_begun = true;
        lines->begin = len;
        lines->scanned = len;
    }
}

bool cli_lines_read(struct cli_lines *lines, chutes_error *error)
{
    ssize_t count;

    make_room(lines);
    do {
        count = read(STDIN_FILENO, lines->bytes + lines->end, READ_BYTES);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        cli_report_fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "can't read standard input: %s", strerror(errno));
        return false;
    }
    lines->end += (size_t)count;
    lines->has_more = count > 0;
    skip_mark(lines);
    if (lines->end - lines->begin > MAX_LINE_BYTES && !find_end(lines)) {
        cli_report_fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "line %zu of standard input is longer than %zu MiB",
                        lines->taken + 1, MAX_LINE_BYTES >> 20);
        return false;
    }
    return true;
}
