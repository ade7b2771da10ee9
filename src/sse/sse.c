/* SPDX-License-Identifier: MIT */
#include "sse/sse.h"

#include "base/slice.h"

enum {
    KEEP_CAPACITY = 64 * 1024, /* what a rare huge line may leave behind */
    RESIDUE_MAX = 64 * 1024,
    BOM_LEN = 3,
    NAME_MAX_LEN = 6 /* of "event:": tells what any line is */
};

static const char LINE_LIMIT[] = "max_line_bytes";
static const char EVENT_LIMIT[] = "max_event_bytes";

static const char BOM[] = "\xEF\xBB\xBF";

/* The next line ends of a chunk. Both are kept: in a stream that ends its lines
 * with CR alone, the search for LF runs to the end of the chunk, and searching
 * again for each line would cost the square of the chunk's length. */
struct scan {
    const char *at;
    const char *end;
    const char *lf; /* the first at or behind `at`, else `end` */
    const char *cr; /* the first between `at` and `lf`, else `lf` */
};

static chutes_status settle(struct chutes__sse *sse, chutes_status status,
                            const char *limit)
{
    sse->status = status;
    sse->reason = status == CHUTES_ERR_TOO_LARGE ? limit : NULL;
    return status;
}

/* ---- fields -------------------------------------------------------------- */

/* Copies the data line that is still in the chunk, or in the line buffer. */
static chutes_status keep_data(struct chutes__sse *sse)
{
    struct chutes__slice data = sse->inline_data;

    if (data.data == NULL) {
        return CHUTES_OK;
    }
    sse->inline_data.data = NULL;
    return settle(sse, chutes__buf_append(&sse->data, data.data, data.len),
                  EVENT_LIMIT);
}

static chutes_status add_data(struct chutes__sse *sse,
                              struct chutes__slice value)
{
    chutes_status status;

    if (!sse->has_data) {
        if (value.len > sse->max_event) {
            return settle(sse, CHUTES_ERR_TOO_LARGE, EVENT_LIMIT);
        }
        sse->has_data = true;
        sse->inline_data = value;
        return CHUTES_OK;
    }
    if (keep_data(sse) != CHUTES_OK) {
        return sse->status;
    }
    status = chutes__buf_append(&sse->data, "\n", 1);
    if (status == CHUTES_OK) {
        status = chutes__buf_append(&sse->data, value.data, value.len);
    }
    return settle(sse, status, EVENT_LIMIT);
}

static chutes_status set_text(struct chutes__sse *sse, struct chutes__buf *buf,
                              struct chutes__slice value)
{
    chutes__buf_clear(buf);
    return settle(sse, chutes__buf_append(buf, value.data, value.len),
                  LINE_LIMIT);
}

static chutes_status set_id(struct chutes__sse *sse, struct chutes__slice value)
{
    if (memchr(value.data, '\0', value.len) != NULL) {
        return CHUTES_OK; /* 9.2.6: ignored, the old one stays */
    }
    return set_text(sse, &sse->id, value);
}

static void set_retry(struct chutes__sse *sse, struct chutes__slice value)
{
    int64_t retry = 0;
    size_t i;

    for (i = 0; i < value.len; i++) {
        int digit = value.data[i] - '0';

        if (digit < 0 || digit > 9) {
            return;
        }
        retry =
            retry > (INT64_MAX - digit) / 10 ? INT64_MAX : retry * 10 + digit;
    }
    if (value.len > 0) {
        sse->retry = retry;
    }
}

static chutes_status report_residue(struct chutes__sse *sse, const char *bytes,
                                    size_t len)
{
    const struct chutes__slice line = {bytes,
                                       len < RESIDUE_MAX ? len : RESIDUE_MAX};

    if (sse->sink.on_residue == NULL ||
        (bytes[0] != '{' && !chutes__slice_starts_with(line, "error:"))) {
        return CHUTES_OK;
    }
    return settle(sse, sse->sink.on_residue(sse->sink.ctx, line), NULL);
}

/* Any field but the common `data:`. The line is not empty. */
static chutes_status take_field(struct chutes__sse *sse, const char *bytes,
                                size_t len)
{
    const char *colon = memchr(bytes, ':', len);
    struct chutes__slice name = {bytes, len};
    struct chutes__slice value = {bytes + len, 0};

    if (colon == bytes) {
        return CHUTES_OK;
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

static chutes_status take_line(struct chutes__sse *sse, const char *bytes,
                               size_t len)
{
    const struct chutes__slice line = {bytes, len};
    struct chutes__slice value;

    if (!chutes__slice_starts_with(line, "data:")) {
        return take_field(sse, bytes, len);
    }
    value.data = bytes + 5;
    value.len = len - 5;
    if (value.len > 0 && value.data[0] == ' ') {
        value.data++;
        value.len--;
    }
    return add_data(sse, value);
}

/* ---- events -------------------------------------------------------------- */

/* Empties a buffer. One that a rare huge line had grown gives its memory back;
 * one that needs its size again and again keeps it. */
static void empty(struct chutes__buf *buf)
{
    if (buf->cap > KEEP_CAPACITY && buf->len < buf->cap / 4) {
        chutes__buf_shrink(buf, KEEP_CAPACITY);
        return;
    }
    chutes__buf_clear(buf);
}

static struct chutes__sse_event describe_event(const struct chutes__sse *sse)
{
    struct chutes__sse_event event = {{"message", 7}, {NULL, 0}, {NULL, 0}};

    if (sse->type.len > 0) {
        event.type.data = sse->type.data;
        event.type.len = sse->type.len;
    }
    event.id.data = sse->id.data;
    event.id.len = sse->id.len;
    if (!sse->has_data) {
        return event;
    }
    event.data = sse->inline_data;
    if (event.data.data == NULL) {
        event.data.data = sse->data.data;
        event.data.len = sse->data.len;
    }
    return event;
}

static chutes_status dispatch(struct chutes__sse *sse)
{
    struct chutes__sse_event event = describe_event(sse);

    if (sse->has_data) {
        settle(sse, sse->sink.on_event(sse->sink.ctx, &event), NULL);
        if (sse->inline_data.data == NULL) {
            empty(&sse->data);
        }
        sse->inline_data.data = NULL;
        sse->has_data = false;
    }
    chutes__buf_clear(&sse->type);
    return sse->status;
}

/* ---- lines that are cut by the end of a chunk ---------------------------- */

static enum chutes__sse_line classify(const char *bytes, size_t len)
{
    static const struct {
        const char *name;
        enum chutes__sse_line kind;
    } names[] = {
        {"data:", CHUTES__SSE_LINE_FIELD}, {"event:", CHUTES__SSE_LINE_FIELD},
        {"id:", CHUTES__SSE_LINE_FIELD},   {"retry:", CHUTES__SSE_LINE_FIELD},
        {"{", CHUTES__SSE_LINE_RESIDUE},   {"error:", CHUTES__SSE_LINE_RESIDUE},
    };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t name_len = strlen(names[i].name);
        size_t common = len < name_len ? len : name_len;

        if (memcmp(bytes, names[i].name, common) == 0) {
            return common == name_len ? names[i].kind
                                      : CHUTES__SSE_LINE_UNDECIDED;
        }
    }
    return CHUTES__SSE_LINE_IGNORED;
}

/* How many of the `len` bytes that come next on the line are to be kept. */
static size_t count_kept(const struct chutes__sse *sse, size_t len)
{
    size_t room;

    if (sse->line_kind == CHUTES__SSE_LINE_FIELD) {
        return len;
    }
    if (sse->line_kind == CHUTES__SSE_LINE_IGNORED) {
        return 0;
    }
    room = sse->line_kind == CHUTES__SSE_LINE_UNDECIDED ? NAME_MAX_LEN
                                                        : RESIDUE_MAX;
    room -= sse->line.len;
    return len < room ? len : room;
}

/* Adds to the line that began in an earlier chunk, or begins one. */
static chutes_status hold(struct chutes__sse *sse, const char *bytes,
                          size_t len)
{
    if (sse->line_len == 0) {
        empty(&sse->line);
        sse->line_kind = CHUTES__SSE_LINE_UNDECIDED;
    }
    if (len > sse->max_line - sse->line_len) {
        return settle(sse, CHUTES_ERR_TOO_LARGE, LINE_LIMIT);
    }
    sse->line_len += len;
    while (len > 0) {
        size_t kept = count_kept(sse, len);
        chutes_status status = chutes__buf_append(&sse->line, bytes, kept);

        if (status != CHUTES_OK) {
            return settle(sse, status, LINE_LIMIT);
        }
        if (sse->line_kind != CHUTES__SSE_LINE_UNDECIDED) {
            return CHUTES_OK;
        }
        sse->line_kind = classify(sse->line.data, sse->line.len);
        bytes += kept;
        len -= kept;
    }
    return CHUTES_OK;
}

/* The rest of the line that began in an earlier chunk, up to its end. */
static chutes_status complete_line(struct chutes__sse *sse, const char *bytes,
                                   size_t len)
{
    if (hold(sse, bytes, len) != CHUTES_OK) {
        return sse->status;
    }
    sse->line_len = 0;
    if (sse->line_kind == CHUTES__SSE_LINE_IGNORED) {
        return CHUTES_OK;
    }
    return take_line(sse, sse->line.data, sse->line.len);
}

/* ---- chunks -------------------------------------------------------------- */

/* Returns where the stream goes on behind its BOM. What turns out not to be
 * one is text, and some of it may have come in earlier chunks. */
static const char *skip_bom(struct chutes__sse *sse, const char *at,
                            const char *end)
{
    unsigned seen;

    while (at < end && sse->bom < BOM_LEN) {
        if (*at != BOM[sse->bom]) {
            seen = sse->bom;
            sse->bom = BOM_LEN;
            if (seen > 0) {
                (void)hold(sse, BOM, seen);
            }
            return at;
        }
        at++;
        sse->bom++;
    }
    return at;
}

static const char *find_byte(const char *at, const char *end, char byte)
{
    const char *found = memchr(at, byte, (size_t)(end - at));

    return found == NULL ? end : found;
}

static const char *find_line_end(struct scan *scan)
{
    if (scan->lf < scan->at) {
        scan->lf = find_byte(scan->at, scan->end, '\n');
    }
    if (scan->cr < scan->at) {
        scan->cr = find_byte(scan->at, scan->lf, '\r');
    }
    return scan->cr;
}

static chutes_status end_line(struct chutes__sse *sse, const char *bytes,
                              size_t len)
{
    if (sse->line_len > 0) {
        return complete_line(sse, bytes, len);
    }
    if (len == 0) {
        return dispatch(sse);
    }
    if (len > sse->max_line) {
        return settle(sse, CHUTES_ERR_TOO_LARGE, LINE_LIMIT);
    }
    return take_line(sse, bytes, len);
}

/* Takes all lines that end in the chunk; returns where the last one begins that
 * doesn't. */
static const char *take_lines(struct chutes__sse *sse, const char *at,
                              const char *end)
{
    struct scan scan = {at, end, find_byte(at, end, '\n'), at};

    scan.cr = find_byte(at, scan.lf, '\r');
    while (sse->status == CHUTES_OK && !sse->is_paused && scan.at < end) {
        const char *line_end;

        if (sse->skip_lf) {
            sse->skip_lf = false;
            if (*scan.at == '\n') {
                scan.at++;
                continue;
            }
        }
        line_end = find_line_end(&scan);
        if (line_end == end) {
            break;
        }
        sse->skip_lf = *line_end == '\r';
        (void)end_line(sse, scan.at, (size_t)(line_end - scan.at));
        scan.at = line_end + 1;
    }
    return scan.at;
}

chutes_status chutes__sse_feed(struct chutes__sse *sse, const char *bytes,
                               size_t len)
{
    const char *end;
    const char *at;

    sse->taken = len;
    if (sse->status != CHUTES_OK || len == 0) {
        return sse->status;
    }
    sse->is_paused = false;
    end = bytes + len;
    at = skip_bom(sse, bytes, end);
    at = take_lines(sse, at, end);
    if (sse->is_paused) {
        sse->taken = (size_t)(at - bytes);
        return sse->status;
    }
    if (sse->status == CHUTES_OK && keep_data(sse) == CHUTES_OK && at < end) {
        return hold(sse, at, (size_t)(end - at));
    }
    return sse->status;
}

void chutes__sse_pause(struct chutes__sse *sse)
{
    sse->is_paused = true;
}

chutes_status chutes__sse_finish(struct chutes__sse *sse,
                                 struct chutes__sse_rest *rest)
{
    size_t terminated_len = sse->data.len;
    bool had_data = sse->has_data;

    memset(rest, 0, sizeof(*rest));
    if (sse->status != CHUTES_OK) {
        return sse->status;
    }
    if (sse->line_len > 0 && (complete_line(sse, "", 0) != CHUTES_OK ||
                              keep_data(sse) != CHUTES_OK)) {
        return sse->status;
    }
    rest->whole = describe_event(sse);
    if (had_data) {
        rest->terminated.data = sse->data.data;
        rest->terminated.len = terminated_len;
    }
    return CHUTES_OK;
}

/* ---- life ---------------------------------------------------------------- */

void chutes__sse_reset(struct chutes__sse *sse)
{
    chutes__buf_clear(&sse->line);
    chutes__buf_clear(&sse->data);
    chutes__buf_clear(&sse->type);
    chutes__buf_clear(&sse->id);
    sse->retry = -1;
    sse->status = CHUTES_OK;
    sse->reason = NULL;
    sse->line_len = 0;
    sse->line_kind = CHUTES__SSE_LINE_UNDECIDED;
    sse->inline_data.data = NULL;
    sse->inline_data.len = 0;
    sse->has_data = false;
    sse->skip_lf = false;
    sse->bom = 0;
    sse->is_paused = false;
    sse->taken = 0;
}

void chutes__sse_init(struct chutes__sse *sse, struct chutes__sse_sink sink,
                      size_t max_line, size_t max_event)
{
    sse->sink = sink;
    sse->max_line = max_line;
    sse->max_event = max_event;
    chutes__buf_init(&sse->line, max_line);
    chutes__buf_init(&sse->data, max_event);
    chutes__buf_init(&sse->type, max_line);
    chutes__buf_init(&sse->id, max_line);
    chutes__sse_reset(sse);
}

void chutes__sse_dispose(struct chutes__sse *sse)
{
    chutes__buf_dispose(&sse->line);
    chutes__buf_dispose(&sse->data);
    chutes__buf_dispose(&sse->type);
    chutes__buf_dispose(&sse->id);
}
