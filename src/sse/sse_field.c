/* SPDX-License-Identifier: MIT */
/* The fields of server-sent events, each of which is a line. Section numbers in
 * comments are those of the WHATWG HTML standard. */
#include "sse/sse_field.h"

#include "base/slice.h"

chutes_status chutes__sse_settle(struct chutes__sse *sse, chutes_status status,
                                 const char *limit)
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
    return chutes__sse_settle(
        sse, chutes__buf_append(&sse->data, data.data, data.len),
        CHUTES__SSE_EVENT_LIMIT);
}

static chutes_status add_data(struct chutes__sse *sse,
                              struct chutes__slice value)
{
    chutes_status status;

    if (!sse->has_data) {
        if (value.len > sse->max_event) {
            return chutes__sse_settle(sse, CHUTES_ERR_TOO_LARGE,
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
    return chutes__sse_settle(sse, status, CHUTES__SSE_EVENT_LIMIT);
}

static chutes_status set_text(struct chutes__sse *sse, struct chutes__buf *buf,
                              struct chutes__slice value)
{
    chutes__buf_clear(buf);
    return chutes__sse_settle(sse,
                              chutes__buf_append(buf, value.data, value.len),
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

/* Returns the JSON that a line of no known field seems to be, or to hold if it
 * is a data field in capitals or with blanks before its name or colon. Empty:
 * none. */
static struct chutes__slice find_json(struct chutes__slice line)
{
    static const struct chutes__slice none = {"", 0};
    static const char name[] = "data";

    line = chutes__slice_trim(line, CHUTES__BLANKS_JSON);
    if (chutes__slice_starts_with_nocase(line, name)) {
        line.data += sizeof(name) - 1;
        line.len -= sizeof(name) - 1;
        line = chutes__slice_trim(line, CHUTES__BLANKS_JSON);
        if (line.len == 0 || line.data[0] != ':') {
            return none;
        }
        line.data++;
        line.len--;
        line = chutes__slice_trim(line, CHUTES__BLANKS_JSON);
    }
    return line.len > 0 && (line.data[0] == '{' || line.data[0] == '[') ? line
                                                                        : none;
}

/* Unlike a browser, the parser doesn't drop every unknown field. The Chutes
 * gateway writes a bare {"error":…} when a stream fails midway, and older
 * llama.cpp servers wrote "error: {…}". Without these, the answer would seem to
 * be cut for no reason. Other JSON may be text that is missing from the
 * answer. */
static chutes_status report_residue(struct chutes__sse *sse, const char *bytes,
                                    size_t len)
{
    struct chutes__slice line = {bytes, len};

    if (sse->sink.on_residue == NULL) {
        return CHUTES_OK;
    }
    if (!chutes__slice_starts_with(line, "error:")) {
        line = find_json(line);
    }
    if (line.len == 0) {
        return CHUTES_OK;
    }
    if (line.len > CHUTES__HELD_LINE_MAX_RESIDUE) {
        line.len = CHUTES__HELD_LINE_MAX_RESIDUE;
    }
    return chutes__sse_settle(sse, sse->sink.on_residue(sse->sink.ctx, line),
                              NULL);
}

/* Handles any line that doesn't start with "data:". It is not empty. */
static chutes_status handle_field(struct chutes__sse *sse, const char *bytes,
                                  size_t len)
{
    const char *colon = memchr(bytes, ':', len);
    struct chutes__slice name = {bytes, len};
    /* 9.2.6: without a colon, the whole line is the name and the value is
     * empty. */
    struct chutes__slice value = {bytes + len, 0};

    if (colon == bytes) {
        return CHUTES_OK; /* a comment */
    }
    if (colon != NULL) {
        name.len = (size_t)(colon - bytes);
        value.data = colon + 1;
        value.len = len - name.len - 1;
        if (value.len > 0 && value.data[0] == ' ') {
            value.data++;
            value.len--;
        }
    }
    if (chutes__slice_is(name, "data")) {
        return add_data(sse, value);
    }
    if (chutes__slice_is(name, "event")) {
        return set_text(sse, &sse->type, value);
    }
    if (chutes__slice_is(name, "id")) {
        return set_id(sse, value);
    }
    if (chutes__slice_is(name, "retry")) {
        set_retry(sse, value);
        return CHUTES_OK;
    }
    return report_residue(sse, bytes, len);
}

/* Handles one line. One space after the colon is not part of the value. Nearly
 * all lines are data, so these are handled without a search for the colon. */
chutes_status chutes__sse_handle_line(struct chutes__sse *sse,
                                      const char *bytes, size_t len)
{
    const struct chutes__slice line = {bytes, len};
    struct chutes__slice value;

    if (!chutes__slice_starts_with(line, "data:")) {
        return handle_field(sse, bytes, len);
    }
    value.data = bytes + 5;
    value.len = len - 5;
    if (value.len > 0 && value.data[0] == ' ') {
        value.data++;
        value.len--;
    }
    return add_data(sse, value);
}
