/* SPDX-License-Identifier: MIT */
/* Collects the text of a transcript that arrives in pieces. */
#include "codec/transcript_text.h"

#include <string.h>

#include "base/error.h"
#include "codec/chunk.h"

void chutes__transcript_text_init(struct chutes__transcript_text *text,
                                  size_t max_text)
{
    *text = (struct chutes__transcript_text){.delta_at = 0};
    chutes__buf_init(&text->buf, max_text);
}

void chutes__transcript_text_dispose(struct chutes__transcript_text *text)
{
    chutes__buf_dispose(&text->buf);
}

static chutes_status report(const struct chutes__transcript_text *text,
                            chutes_status status, chutes_error *error)
{
    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail_limit(error, "the transcript", "max_stream_bytes",
                                  text->buf.limit);
    }
    return status == CHUTES_OK ? CHUTES_OK : chutes__fail_status(error, status);
}

chutes_status
chutes__transcript_text_append(struct chutes__transcript_text *text,
                               const struct chutes__json_value *piece,
                               chutes_error *error)
{
    return report(text,
                  chutes__chunk_append_text(piece, CHUTES__CHUNK_TEXT,
                                            &text->half, &text->buf),
                  error);
}

chutes_status
chutes__transcript_text_replace(struct chutes__transcript_text *text,
                                const struct chutes__json_value *whole,
                                chutes_error *error)
{
    struct chutes__buf buf;
    chutes_status status;

    chutes__buf_init(&buf, text->buf.limit);
    status = chutes__json_append_string(whole, &buf);
    if (status != CHUTES_OK) {
        chutes__buf_dispose(&buf);
        return report(text, status, error);
    }
    if (buf.len < text->buf.len ||
        (text->buf.len > 0 &&
         memcmp(buf.data, text->buf.data, text->buf.len) != 0)) {
        text->delta_at = buf.len;
    }
    chutes__buf_dispose(&text->buf);
    text->buf = buf;
    text->half = (struct chutes__json_half){0};
    return CHUTES_OK;
}

chutes_status
chutes__transcript_text_finish(struct chutes__transcript_text *text,
                               chutes_error *error)
{
    return report(text, chutes__json_append_half(&text->half, &text->buf),
                  error);
}
