/* SPDX-License-Identifier: MIT */
/* Reports events and warnings, and stores strings that servers repeat in every
 * chunk. Every part of the accumulator uses this file. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "base/error.h"
#include "base/mem.h"
#include "codec/value.h"

chutes_status chutes__accumulator_report(struct chutes__accumulator *acc,
                                         chutes_chat_event *event)
{
    if (acc->options.on_event == NULL) {
        return CHUTES_OK;
    }
    /* chat.h promises this, so that any event can be printed. */
    if (event->text == NULL) {
        event->text = "";
    }
    event->raw_json = acc->source.data;
    event->raw_len = acc->source.len;
    acc->event_count++;
    return acc->options.on_event(event, acc->options.user_data) == 0
               ? CHUTES_OK
               : CHUTES_ERR_CANCELLED;
}

void chutes__accumulator_warn(struct chutes__accumulator *acc,
                              enum chutes__warning warning)
{
    if (!acc->seen[warning]) {
        acc->seen[warning] = true;
        acc->warnings[acc->warning_count] = warning;
        acc->warning_count++;
    }
}

/* Short strings don't use a larger room, because it is freed if no text needs
 * it. */
enum { SMALL_ROOM = 16 * 1024 };

void chutes__accumulator_note_dropped(struct chutes__accumulator *acc)
{
    chutes__error_copy(acc->dropped, sizeof(acc->dropped), acc->source.data,
                       acc->source.len);
}

void chutes__accumulator_note_hint(struct chutes__accumulator *acc)
{
    if (acc->hint[0] == '\0') {
        chutes__error_copy(acc->hint, sizeof(acc->hint), acc->source.data,
                           acc->source.len);
    }
}

void chutes__accumulator_use_room(struct chutes__accumulator *acc, size_t len,
                                  struct chutes__buf *buf)
{
    if (len > 0) {
        chutes__buf_view(buf, acc->room.at, len);
        acc->room.at += len + 1;
        acc->room.left -= len + 1;
    }
}

chutes_status
chutes__accumulator_append_string(struct chutes__accumulator *acc,
                                  const struct chutes__json_value *value,
                                  struct chutes__buf *buf)
{
    struct chutes__buf room;

    if (acc->room.left > 0 && acc->room.left <= SMALL_ROOM && buf->len == 0) {
        chutes__buf_init_fixed(&room, acc->room.at, acc->room.left);
        if (chutes__json_append_string(value, &room) == CHUTES_OK) {
            chutes__accumulator_use_room(acc, room.len, buf);
            return CHUTES_OK;
        }
    }
    return chutes__json_append_string(value, buf);
}

chutes_status
chutes__accumulated_replace(struct chutes__accumulator *acc,
                            struct chutes__buf *buf,
                            const struct chutes__json_value *value)
{
    /* Servers repeat such strings in every chunk; don't copy them again. */
    if (!chutes__value_is_text(value) ||
        chutes__json_key_is(value, buf->data)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(buf);
    return chutes__accumulator_append_string(acc, value, buf);
}

/* An empty string is ignored: Azure's first chunk has an empty id and model. */
static chutes_status store_first(struct chutes__accumulator *acc,
                                 struct chutes__buf *buf,
                                 const struct chutes__json_value *value)
{
    if (buf->len > 0 || value->type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    return chutes__accumulator_append_string(acc, value, buf);
}

chutes_status chutes__accumulator_store_head(struct chutes__accumulator *acc)
{
    const struct chutes__chunk *chunk = acc->chunk;
    chutes_status status = store_first(acc, &acc->id, &chunk->id);

    if (acc->created == 0) {
        acc->created = chutes__chunk_created(chunk);
    }
    return status == CHUTES_OK ? store_first(acc, &acc->model, &chunk->model)
                               : status;
}

struct chutes__logprobs *
chutes__accumulator_reach_logprobs(struct chutes__accumulator *acc)
{
    if (acc->logprobs == NULL) {
        acc->logprobs = chutes__mem_alloc(sizeof(*acc->logprobs));
        if (acc->logprobs != NULL) {
            chutes__logprobs_init(acc->logprobs);
        }
    }
    return acc->logprobs;
}

void chutes__accumulator_drop_logprobs(struct chutes__accumulator *acc)
{
    if (acc->logprobs != NULL) {
        chutes__logprobs_dispose(acc->logprobs);
        chutes__mem_free(acc->logprobs);
        acc->logprobs = NULL;
    }
}
