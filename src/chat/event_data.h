/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_EVENT_DATA_H
#define CHUTES_CHAT_EVENT_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "chat/accumulator.h"

/* What the type of an event says about its data. */
enum chutes__data_kind chutes__event_data_kind(struct chutes__slice type);

/* Removes the first line from *text and returns it trimmed. False: none is
 * left. */
bool chutes__event_data_next_line(struct chutes__slice *text,
                                  struct chutes__slice *line);

/* "[DONE]", or one JSON text that may be part of an answer. */
bool chutes__event_data_is_document(struct chutes__slice text,
                                    size_t max_depth);

/* A comment of the event stream that a proxy has wrapped as data. */
bool chutes__event_data_is_comment(struct chutes__slice text);

/* Several documents, one per line. They come from a gateway that fails over to
 * another server between a data line and the blank line that ends its event. */
bool chutes__event_data_is_joined(struct chutes__slice data, size_t max_depth);

/* The data is complete, though the body ended before its blank line. */
bool chutes__event_data_is_whole(struct chutes__slice data, size_t max_depth);

#endif
