/* SPDX-License-Identifier: MIT */
/* Finds what servers write between the events, and joins JSON that they write
 * over several lines. It examines only brackets and quotes; the receiver checks
 * whether the JSON is valid. */
#include "sse/residue.h"

#include <string.h>

enum { MAX_KEPT = 64 * 1024 }; /* bytes of memory to keep after huge JSON */

static const char ERROR_FIELD[] = "error:";

/* ---- where it begins ----------------------------------------------------- */

static struct chutes__slice skip(struct chutes__slice text, size_t len)
{
    text.data += len;
    text.len -= len;
    return chutes__slice_trim(text, CHUTES__BLANKS_JSON);
}

static bool is_bracket(char byte)
{
    return byte == '{' || byte == '[';
}

/* Returns true if JSON may continue with this byte after its first bracket. */
static bool may_begin(char bracket, char byte)
{
    return byte == '"' ||
           (bracket == '{' ? byte == '}' : byte == ']' || is_bracket(byte));
}

bool chutes__residue_is_json(struct chutes__slice text)
{
    size_t i = 1;

    if (text.len == 0 || !is_bracket(text.data[0])) {
        return false;
    }
    while (i < text.len && text.data[i] != '\n' &&
           chutes__is_blank(text.data[i], CHUTES__BLANKS_JSON)) {
        i++;
    }
    if (i == text.len || text.data[i] == '\n') {
        return true;
    }
    return may_begin(text.data[0], text.data[i]);
}

bool chutes__residue_find(struct chutes__slice *line, bool *is_error)
{
    static const char name[] = "data";
    struct chutes__slice text = *line;

    *is_error = chutes__slice_starts_with(text, ERROR_FIELD);
    if (*is_error) {
        *line = skip(text, sizeof(ERROR_FIELD) - 1);
        return true;
    }
    while (text.len > 0 && chutes__residue_may_follow(text.data[0])) {
        text.data++;
        text.len--;
    }
    text = skip(text, 0);
    if (chutes__slice_starts_with_nocase(text, name)) {
        text = skip(text, sizeof(name) - 1);
        if (text.len == 0 || text.data[0] != ':') {
            return false;
        }
        text = skip(text, 1);
    }
    *line = text;
    return text.len > 0 && is_bracket(text.data[0]);
}

/* ---- where it ends ------------------------------------------------------- */

/* Returns the length of the part of the line that belongs to the JSON. A string
 * can't continue on the next line, so if the line ends within one, the JSON is
 * invalid and *is_spoilt becomes true. */
static size_t scan(struct chutes__slice line, size_t *depth, bool *is_spoilt)
{
    bool is_string = false;

    for (size_t i = 0; i < line.len; i++) {
        char byte = line.data[i];

        if (byte == '"') {
            is_string = !is_string;
        } else if (is_string) {
            i += byte == '\\' ? 1 : 0;
        } else if (is_bracket(byte)) {
            (*depth)++;
        } else if ((byte == '}' || byte == ']') && --*depth == 0) {
            *is_spoilt = false;
            return i + 1;
        }
    }
    *is_spoilt = is_string;
    return line.len;
}

/* Appends all of the line, or nothing. */
static chutes_status append_line(struct chutes__buf *text,
                                 struct chutes__slice line)
{
    chutes_status status = chutes__buf_reserve(text, line.len + 1);

    if (status == CHUTES_OK && text->len > 0) {
        status = chutes__buf_append(text, "\n", 1);
    }
    return status == CHUTES_OK ? chutes__buf_append(text, line.data, line.len)
                               : status;
}

chutes_status chutes__residue_collect(struct chutes__residue *residue,
                                      struct chutes__slice *line,
                                      struct chutes__slice *found)
{
    struct chutes__buf *text = &residue->text;
    struct chutes__slice part = *line;
    chutes_status status;
    bool is_spoilt;
    bool is_over;

    part.len = scan(part, &residue->depth, &is_spoilt);
    *line = skip(*line, part.len);
    is_over = residue->depth == 0 || is_spoilt;
    *found = part;
    /* Most JSON is on one line, which need not be copied. */
    if (is_over && !chutes__residue_is_open(residue)) {
        return CHUTES_OK;
    }
    status = append_line(text, part);
    if (text->len > 0) {
        *found = chutes__buf_slice(text);
    }
    if (status == CHUTES_OK && !is_over) {
        found->len = 0;
    }
    return status == CHUTES_ERR_TOO_LARGE ? CHUTES_OK : status;
}

/* ---- lifecycle ----------------------------------------------------------- */

void chutes__residue_reset(struct chutes__residue *residue)
{
    chutes__buf_recycle(&residue->text, MAX_KEPT);
    residue->depth = 0;
}

void chutes__residue_init(struct chutes__residue *residue, size_t max_len)
{
    chutes__buf_init(&residue->text, max_len);
    residue->depth = 0;
    residue->is_error = false;
}

void chutes__residue_dispose(struct chutes__residue *residue)
{
    chutes__buf_dispose(&residue->text);
}
