/* SPDX-License-Identifier: MIT */
/* The parser of server-sent events. It finds lines, and reports an event at
 * each blank line. Section numbers in comments are those of the WHATWG HTML
 * standard. */
#include "sse/sse.h"

#include "base/slice.h"
#include "sse/sse_field.h"

enum {
    MAX_KEPT = 64 * 1024, /* bytes of memory to keep after a huge event */
    BOM_LEN = 3
};

static const char BOM[] = "\xEF\xBB\xBF";

/* The next LF and CR of a chunk. Both are remembered: if lines end with CR
 * alone, the search for LF runs to the end of the chunk, and repeating it for
 * each line would take quadratic time. */
struct scan {
    const char *at;
    const char *end;
    const char *lf; /* the first LF from `at` on, or `end`; NULL: not known */
    const char *cr; /* the first CR before `lf`, or `lf` */
};

/* ---- events -------------------------------------------------------------- */

static struct chutes__sse_event describe_event(const struct chutes__sse *sse)
{
    struct chutes__sse_event event = {.type = {"message", 7}};

    if (sse->type.len > 0) {
        event.type.data = sse->type.data;
        event.type.len = sse->type.len;
    }
    event.id.data = sse->id.data;
    event.id.len = sse->id.len;
    if (!sse->has_data) {
        return event;
    }
    event.has_lines = sse->has_lines;
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

    /* 9.2.6: without data there is no event, but the type is still reset. */
    if (sse->has_data) {
        chutes__sse_set_status(sse, sse->sink.on_event(sse->sink.ctx, &event),
                               NULL);
        if (sse->inline_data.data == NULL) {
            chutes__buf_recycle(&sse->data, MAX_KEPT);
        }
        sse->inline_data.data = NULL;
        sse->has_data = false;
    }
    /* The ID is kept: it applies to later events too. */
    chutes__buf_clear(&sse->type);
    return sse->status;
}

/* ---- lines that are cut by the end of a chunk ---------------------------- */

static chutes_status hold(struct chutes__sse *sse, const char *bytes,
                          size_t len)
{
    sse->line.keeps_all = chutes__residue_is_open(&sse->residue);
    return chutes__sse_set_status(
        sse, chutes__held_line_append(&sse->line, bytes, len),
        CHUTES__SSE_LINE_LIMIT);
}

/* Handles the line that began in an earlier chunk and ends with these bytes. */
static chutes_status complete_line(struct chutes__sse *sse, const char *bytes,
                                   size_t len)
{
    struct chutes__held_line *line = &sse->line;

    if (hold(sse, bytes, len) != CHUTES_OK) {
        return sse->status;
    }
    /* Only the length is reset: `inline_data` may point at the bytes. They stay
     * until the next line is held, and chutes__sse_save_data() runs before
     * that. */
    line->len = 0;
    if (line->kind == CHUTES__HELD_LINE_IGNORED) {
        return CHUTES_OK;
    }
    return chutes__sse_handle_line(sse, line->buf.data, line->buf.len);
}

/* ---- chunks -------------------------------------------------------------- */

/* Skips a BOM at the start of the stream (9.2.5) and returns the position after
 * it. Bytes that turn out not to be a BOM are text, and are put back into the
 * line: some may have come in an earlier chunk. A failure of hold() is stored
 * in the parser. */
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
    /* Every other line is empty, so don't search for its end. */
    if (*scan->at == '\n') {
        return scan->at;
    }
    if (scan->lf == NULL || scan->lf < scan->at) {
        scan->lf = find_byte(scan->at, scan->end, '\n');
    }
    if (scan->cr == NULL || scan->cr < scan->at) {
        scan->cr = find_byte(scan->at, scan->lf, '\r');
    }
    return scan->cr;
}

static chutes_status end_line(struct chutes__sse *sse, const char *bytes,
                              size_t len)
{
    if (sse->line.len > 0) {
        return complete_line(sse, bytes, len);
    }
    if (len == 0) {
        return dispatch(sse);
    }
    if (len > sse->max_line) {
        return chutes__sse_set_status(sse, CHUTES_ERR_TOO_LARGE,
                                      CHUTES__SSE_LINE_LIMIT);
    }
    return chutes__sse_handle_line(sse, bytes, len);
}

/* Offers these bytes to the sink if an event may begin here. Returns how many
 * of them the sink took. */
static size_t offer(struct chutes__sse *sse, const char *at, const char *end)
{
    struct chutes__slice bytes = {at, (size_t)(end - at)};
    size_t taken = 0;

    if (sse->sink.on_data != NULL && !sse->has_data && sse->line.len == 0 &&
        sse->type.len == 0 && !chutes__residue_is_open(&sse->residue)) {
        chutes__sse_set_status(
            sse, sse->sink.on_data(sse->sink.ctx, bytes, &taken), NULL);
    }
    return taken;
}

/* Handles the lines that end in this chunk until the end, a pause or a failure.
 * Returns the start of the next line. */
static const char *handle_lines(struct chutes__sse *sse, const char *at,
                                const char *end)
{
    struct scan scan = {at, end, NULL, NULL};

    while (sse->status == CHUTES_OK && !sse->is_paused && scan.at < end) {
        const char *line_end;
        size_t taken;

        /* CR LF is one line end, even when a chunk ends between the two. */
        if (sse->skip_lf) {
            sse->skip_lf = false;
            if (*scan.at == '\n') {
                scan.at++;
                continue;
            }
        }
        taken = offer(sse, scan.at, end);
        if (taken > 0) {
            scan.at += taken;
            continue;
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
    at = handle_lines(sse, at, end);
    /* The caller will feed the rest again, so don't store any of it. */
    if (sse->is_paused) {
        sse->taken = (size_t)(at - bytes);
        return sse->status;
    }
    if (sse->status == CHUTES_OK && chutes__sse_save_data(sse) == CHUTES_OK &&
        at < end) {
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
    size_t terminated_len = sse->data.len; /* before the last line adds to it */
    bool had_data = sse->has_data;

    memset(rest, 0, sizeof(*rest));
    if (sse->status != CHUTES_OK) {
        return sse->status;
    }
    if (sse->line.len > 0 && (complete_line(sse, "", 0) != CHUTES_OK ||
                              chutes__sse_save_data(sse) != CHUTES_OK)) {
        return sse->status;
    }
    if (chutes__sse_flush_residue(sse) != CHUTES_OK) {
        return sse->status;
    }
    rest->whole = describe_event(sse);
    if (had_data) {
        rest->terminated.data = sse->data.data;
        rest->terminated.len = terminated_len;
    }
    sse->has_data = false; /* a second call returns no event */
    return CHUTES_OK;
}

/* ---- lifecycle ----------------------------------------------------------- */

void chutes__sse_reset(struct chutes__sse *sse)
{
    chutes__held_line_reset(&sse->line);
    chutes__residue_reset(&sse->residue);
    chutes__buf_clear(&sse->data);
    chutes__buf_clear(&sse->type);
    chutes__buf_clear(&sse->id);
    sse->retry = -1;
    sse->status = CHUTES_OK;
    sse->reason = NULL;
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
    chutes__held_line_init(&sse->line, max_line);
    chutes__residue_init(&sse->residue, max_event);
    chutes__buf_init(&sse->data, max_event);
    chutes__buf_init(&sse->type, max_line);
    chutes__buf_init(&sse->id, max_line);
    chutes__sse_reset(sse);
}

void chutes__sse_dispose(struct chutes__sse *sse)
{
    chutes__held_line_dispose(&sse->line);
    chutes__residue_dispose(&sse->residue);
    chutes__buf_dispose(&sse->data);
    chutes__buf_dispose(&sse->type);
    chutes__buf_dispose(&sse->id);
}
