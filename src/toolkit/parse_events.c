/* SPDX-License-Identifier: MIT */
/* Finds the JSON in the text of a stream, and reads it as it arrives. */
#include "toolkit/parse_events.h"

#include "base/slice.h"

#define MARK "\xEF\xBB\xBF" /* a byte order mark */

/* Returns how many bytes of the text precede the JSON and can be skipped. */
static size_t skip_some(enum chutes__parse_place *place,
                        struct chutes__slice text)
{
    if (*place == CHUTES__PARSE_IN_FENCE) {
        if (text.data[0] == '\n') {
            *place = CHUTES__PARSE_BEHIND_FENCE;
        }
        return 1;
    }
    if (chutes__is_blank(text.data[0], CHUTES__BLANKS_CONTROL)) {
        return 1;
    }
    if (chutes__slice_starts_with(text, MARK)) {
        return strlen(MARK);
    }
    *place = text.data[0] == '`' && *place == CHUTES__PARSE_AT_START
                 ? CHUTES__PARSE_IN_FENCE
                 : CHUTES__PARSE_IN_JSON;
    return 0;
}

/* Text behind the JSON, such as the end of a fence, and text that isn't JSON
 * cause no events. The whole answer is judged when it has arrived. */
static int read_text(struct chutes__parse_events *events,
                     struct chutes__slice text)
{
    while (text.len > 0 && events->place != CHUTES__PARSE_IN_JSON) {
        size_t skipped = skip_some(&events->place, text);

        text.data += skipped;
        text.len -= skipped;
    }
    events->status =
        chutes_partial_json_feed(events->reader, text.data, text.len, NULL);
    return events->status == CHUTES_ERR_CANCELLED ||
           events->status == CHUTES_ERR_NO_MEMORY;
}

static int on_event(const chutes_chat_event *event, void *user_data)
{
    struct chutes__parse_events *events = user_data;

    if (events->on_event != NULL &&
        events->on_event(event, events->event_data) != 0) {
        return 1;
    }
    if (event->type == CHUTES_CHAT_EVENT_RESTART) {
        events->place = CHUTES__PARSE_AT_START;
        chutes_partial_json_reset(events->reader);
    }
    return event->type == CHUTES_CHAT_EVENT_CONTENT && event->choice_index == 0
               ? read_text(events,
                           (struct chutes__slice){event->text, event->text_len})
               : 0;
}

chutes_status
chutes__parse_events_open(struct chutes__parse_events *events,
                          const chutes_chat_parse_options *options,
                          chutes_chat_params *params)
{
    *events = (struct chutes__parse_events){
        .reader = chutes_partial_json_new(options->on_json, options->user_data),
        .on_event = params->on_event,
        .event_data = params->user_data,
    };
    if (events->reader == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    params->on_event = on_event;
    params->user_data = events;
    return CHUTES_OK;
}

void chutes__parse_events_dispose(struct chutes__parse_events *events)
{
    chutes_partial_json_free(events->reader);
}
