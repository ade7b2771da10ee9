/* SPDX-License-Identifier: MIT */
/* The fields of server-sent events, each of which is a line. Section numbers in
 * comments are those of the WHATWG HTML standard. */
#include "sse/sse_field.h"

#include "base/slice.h"

enum { MAX_FIELD = 6 }; /* bytes of "event:", the longest name with its colon */

chutes_status chutes__sse_set_status(struct chutes__sse *sse,
                                     chutes_status status, const char *limit)
{
    sse->status = status;
    sse->reason = status == CHUTES_ERR_TOO_LARGE ? limit : NULL;
    return status;
}

/* Copies the data line that still points into the chunk or the line buffer,
 * before either is reused. */
chutes_status chutes__sse_save_data(struct chutes__sse *sse)
{
    struct chutes__slice data = sse->inline_data;

    if (data.data == NULL) {
        return CHUTES_OK;
    }
    sse->inline_data.data = NULL;
    return chutes__sse_set_status(
        sse, chutes__buf_append(&sse->data, data.data, data.len),
        CHUTES__SSE_EVENT_LIMIT);
}

static chutes_status add_data(struct chutes__sse *sse,
                              struct chutes__slice value)
{
    chutes_status status;

    if (!sse->has_data) {
        if (value.len > sse->max_event) {
            return chutes__sse_set_status(sse, CHUTES_ERR_TOO_LARGE,
                                          CHUTES__SSE_EVENT_LIMIT);
        }
        /* Most events have one data line, which need not be copied. */
        sse->has_data = true;
        sse->has_lines = false;
        sse->inline_data = value;
        return CHUTES_OK;
    }
    sse->has_lines = true;
    if (chutes__sse_save_data(sse) != CHUTES_OK) {
        return sse->status;
    }
    status = chutes__buf_append(&sse->data, "\n", 1);
    if (status == CHUTES_OK) {
        status = chutes__buf_append(&sse->data, value.data, value.len);
    }
    return chutes__sse_set_status(sse, status, CHUTES__SSE_EVENT_LIMIT);
}

static chutes_status set_text(struct chutes__sse *sse, struct chutes__buf *buf,
                              struct chutes__slice value)
{
    chutes__buf_clear(buf);
    return chutes__sse_set_status(
        sse, chutes__buf_append(buf, value.data, value.len),
        CHUTES__SSE_LINE_LIMIT);
}

static chutes_status set_id(struct chutes__sse *sse, struct chutes__slice value)
{
    if (memchr(value.data, '\0', value.len) != NULL) {
        return CHUTES_OK; /* 9.2.6: an ID with NUL is ignored */
    }
    return set_text(sse, &sse->id, value);
}

static void set_retry(struct chutes__sse *sse, struct chutes__slice value)
{
    int64_t retry = 0;

    for (size_t i = 0; i < value.len; i++) {
        int digit = value.data[i] - '0';

        if (digit < 0 || digit > 9) {
            return;
        }
        /* The number saturates, because 9.2.6 sets no limit. */
        retry =
            retry > (INT64_MAX - digit) / 10 ? INT64_MAX : retry * 10 + digit;
    }
    if (value.len > 0) {
        sse->retry = retry;
    }
}

/* ---- residue ------------------------------------------------------------- */

static void report_residue(struct chutes__sse *sse, struct chutes__slice text)
{
    struct chutes__residue *residue = &sse->residue;

    chutes__sse_set_status(
        sse, sse->sink.on_residue(sse->sink.ctx, text, residue->is_error),
        NULL);
    chutes__residue_reset(residue);
}

chutes_status chutes__sse_flush_residue(struct chutes__sse *sse)
{
    const struct chutes__buf *text = &sse->residue.text;

    if (chutes__residue_is_open(&sse->residue)) {
        report_residue(sse, chutes__buf_slice(text));
    }
    return sse->status;
}

/* Handles a line that is not a known field, or the next line of JSON. Unlike a
 * browser, the parser doesn't drop such lines: without them, an answer would
 * seem to be truncated for no reason. Returns what is left of the line after
 * JSON that ends in it. */
static struct chutes__slice take_residue(struct chutes__sse *sse,
                                         struct chutes__slice line)
{
    static const struct chutes__slice none = {"", 0};
    struct chutes__residue *residue = &sse->residue;
    struct chutes__slice found;
    chutes_status status;

    if (sse->sink.on_residue == NULL) {
        return none;
    }
    /* JSON can't continue with this line. */
    if (chutes__slice_starts_with(line, "error:") &&
        chutes__sse_flush_residue(sse) != CHUTES_OK) {
        return none;
    }
    if (!chutes__residue_is_open(residue)) {
        if (!chutes__residue_find(&line, &residue->is_error)) {
            return none;
        }
        if (!chutes__residue_is_json(line)) {
            report_residue(sse, line);
            return none;
        }
    }
    status = chutes__residue_collect(residue, &line, &found);
    if (status != CHUTES_OK) {
        chutes__sse_set_status(sse, status, NULL);
    } else if (found.len > 0) {
        report_residue(sse, found);
    }
    return line;
}

/* ---- lines --------------------------------------------------------------- */

static bool is_field(struct chutes__slice name)
{
    return chutes__slice_is(name, "data") || chutes__slice_is(name, "event") ||
           chutes__slice_is(name, "id") || chutes__slice_is(name, "retry");
}

static chutes_status handle_field(struct chutes__sse *sse,
                                  struct chutes__slice name,
                                  struct chutes__slice value)
{
    if (chutes__slice_is(name, "data")) {
        return add_data(sse, value);
    }
    if (chutes__slice_is(name, "event")) {
        return set_text(sse, &sse->type, value);
    }
    if (chutes__slice_is(name, "id")) {
        return set_id(sse, value);
    }
    set_retry(sse, value);
    return CHUTES_OK;
}

/* Returns what follows the colon at this offset, without one leading space. */
static struct chutes__slice value_after(struct chutes__slice line, size_t at)
{
    struct chutes__slice value = {line.data + at + 1, line.len - at - 1};

    if (value.len > 0 && value.data[0] == ' ') {
        value.data++;
        value.len--;
    }
    return value;
}

/* Handles a field, a comment or residue. Returns what is left of the line. */
static struct chutes__slice handle_part(struct chutes__sse *sse,
                                        struct chutes__slice line)
{
    const char *end = line.data + line.len;
    const char *colon =
        memchr(line.data, ':', line.len < MAX_FIELD ? line.len : MAX_FIELD);
    struct chutes__slice name = line;
    /* 9.2.6: without a colon, the whole line is the name and the value is
     * empty. */
    struct chutes__slice value = {end, 0};

    if (colon != NULL) {
        name.len = (size_t)(colon - line.data);
        value = value_after(line, name.len);
    }
    if (colon != NULL && name.len == 0) {
        return (struct chutes__slice){end, 0}; /* a comment */
    }
    if (!is_field(name)) {
        return take_residue(sse, line);
    }
    if (chutes__sse_flush_residue(sse) == CHUTES_OK) {
        (void)handle_field(sse, name, value);
    }
    return (struct chutes__slice){end, 0};
}

/* Handles one line, which is not empty. Nearly all lines are data, so these are
 * handled without a search for the colon. */
chutes_status chutes__sse_handle_line(struct chutes__sse *sse,
                                      const char *bytes, size_t len)
{
    struct chutes__slice line = {bytes, len};

    if (chutes__slice_starts_with(line, "data:") &&
        !chutes__residue_is_open(&sse->residue)) {
        return add_data(sse, value_after(line, 4));
    }
    while (line.len > 0 && sse->status == CHUTES_OK) {
        line = handle_part(sse, line);
    }
    return sse->status;
}
