/* SPDX-License-Identifier: MIT */
/* Finds the documents in the data of an event. Usually there is one, but some
 * gateways join several, or send comments as data. */
#include "chat/event_data.h"

#include "base/count.h"
#include "json/reader.h"

bool chutes__event_data_next_line(struct chutes__slice *text,
                                  struct chutes__slice *line)
{
    const char *lf;

    if (text->len == 0) {
        return false;
    }
    lf = memchr(text->data, '\n', text->len);
    line->data = text->data;
    line->len = lf == NULL ? text->len : (size_t)(lf - text->data);
    text->data += line->len;
    text->len -= line->len;
    if (lf != NULL) {
        text->data++;
        text->len--;
    }
    *line = chutes__slice_trim(*line, CHUTES__BLANKS_JSON);
    return true;
}

bool chutes__event_data_is_document(struct chutes__slice text, size_t max_depth)
{
    return chutes__slice_is(text, "[DONE]") ||
           chutes__json_is_valid_answer(text.data, text.len, max_depth);
}

bool chutes__event_data_is_comment(struct chutes__slice text)
{
    return text.len > 0 && text.data[0] == ':';
}

enum chutes__data_kind chutes__event_data_kind(struct chutes__slice type)
{
    /* Proxies and servers send these to keep the connection open, or for their
     * own clients. */
    static const char *const asides[] = {"ping",       "sglext_ids",
                                         "heartbeat",  "keepalive",
                                         "keep-alive", "keep_alive"};

    if (chutes__slice_is(type, "message")) {
        return CHUTES__DATA_CHUNK; /* what nearly all events are */
    }
    /* The standard compares names exactly, but no server means two things by
     * "error" and "Error". */
    if (chutes__slice_is_nocase(type, "error")) {
        return CHUTES__DATA_ERROR;
    }
    for (size_t i = 0; i < CHUTES__COUNT(asides); i++) {
        if (chutes__slice_is_nocase(type, asides[i])) {
            return CHUTES__DATA_ASIDE;
        }
    }
    return CHUTES__DATA_CHUNK;
}

bool chutes__event_data_is_joined(struct chutes__slice data, size_t max_depth)
{
    struct chutes__slice line;

    if (memchr(data.data, '\n', data.len) == NULL ||
        chutes__event_data_is_document(data, max_depth)) {
        return false;
    }
    while (chutes__event_data_next_line(&data, &line)) {
        if (line.len > 0 && !chutes__event_data_is_comment(line) &&
            !chutes__event_data_is_document(line, max_depth)) {
            return false;
        }
    }
    return true;
}

bool chutes__event_data_is_whole(struct chutes__slice data, size_t max_depth)
{
    data = chutes__slice_trim(data, CHUTES__BLANKS_JSON);
    return data.len > 0 && (chutes__event_data_is_document(data, max_depth) ||
                            chutes__event_data_is_joined(data, max_depth));
}
