/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_PARSE_EVENTS_H
#define CHUTES_TOOLKIT_PARSE_EVENTS_H

#include <chutes/chat_parse.h>

/* Where in the text the reader is. What precedes the JSON is skipped. */
enum chutes__parse_place {
    CHUTES__PARSE_AT_START,
    CHUTES__PARSE_IN_FENCE, /* the first line of a Markdown fence */
    CHUTES__PARSE_BEHIND_FENCE,
    CHUTES__PARSE_IN_JSON
};

/* Hands the JSON of a stream to the application while it arrives. */
struct chutes__parse_events {
    chutes_partial_json *reader;
    enum chutes__parse_place place;
    chutes_status status;          /* why a callback stopped the stream */
    chutes_chat_event_fn on_event; /* the application's; NULL: none */
    void *event_data;
};

/* Puts itself in place of the on_event of `params`, which it calls first.
 * CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
chutes_status
chutes__parse_events_open(struct chutes__parse_events *events,
                          const chutes_chat_parse_options *options,
                          chutes_chat_params *params);

/* Frees the reader of the events, which may be zeroed. */
void chutes__parse_events_dispose(struct chutes__parse_events *events);

#endif
