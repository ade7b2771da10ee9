/* SPDX-License-Identifier: MIT */
/* The fast path for a read of a stream: takes one event after the other while
 * their chunks resemble earlier ones. */
#include "chat/answer_events.h"

#include "base/error.h"
#include "chat/accumulate.h"

/* Applies the event at the start of the bytes. *taken becomes its length, or 0
 * if its chunk resembles no earlier one. `match` is scratch memory. */
static chutes_status take_event(struct chutes__answer_reader *reader,
                                struct chutes__slice bytes,
                                struct chutes__chunk_match *match,
                                size_t *taken)
{
    enum { NAME_LEN = sizeof(CHUTES__SSE_DATA) - 1 };
    struct chutes__slice data = {bytes.data + NAME_LEN, bytes.len - NAME_LEN};
    size_t end_len;
    size_t len;

    *taken = 0;
    if (!chutes__slice_starts_with(bytes, CHUTES__SSE_DATA)) {
        return CHUTES_OK;
    }
    len = chutes__accumulator_match(&reader->acc, data, match);
    if (len == 0 || len > reader->max_event ||
        len + NAME_LEN > reader->max_line) {
        return CHUTES_OK;
    }
    end_len = chutes__sse_end_len(data, len);
    if (end_len == 0) {
        return CHUTES_OK;
    }
    *taken = NAME_LEN + len + end_len;
    data.len = len;
    reader->event_count++;
    return chutes__accumulator_apply_match(&reader->acc, data, match,
                                           reader->error);
}

chutes_status chutes__answer_events_take(struct chutes__answer_reader *reader,
                                         struct chutes__slice bytes,
                                         size_t *taken)
{
    struct chutes__chunk_match match;
    chutes_status status;
    chutes_status kept;
    size_t len;

    *taken = 0;
    do {
        status = take_event(reader, bytes, &match, &len);
        bytes.data += len;
        bytes.len -= len;
        *taken += len;
    } while (status == CHUTES_OK && len > 0 && !reader->sse.is_paused);
    if (*taken == 0) {
        return CHUTES_OK;
    }
    kept = chutes__accumulator_keep_chunk(&reader->acc);
    return status == CHUTES_OK && kept != CHUTES_OK
               ? chutes__fail_status(reader->error, kept)
               : status;
}
