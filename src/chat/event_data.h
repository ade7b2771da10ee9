/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_EVENT_DATA_H
#define CHUTES_CHAT_EVENT_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "chat/accumulator.h"

/* Returns what the type of an event says about its data. */
enum chutes__data_kind chutes__event_data_kind(struct chutes__slice type);

/* Removes the first line from *text and stores it, trimmed, in *line. Returns
 * false if no line is left. */
bool chutes__event_data_next_line(struct chutes__slice *text,
                                  struct chutes__slice *line);

/* Returns true for "[DONE]" and for one JSON text. */
bool chutes__event_data_is_document(struct chutes__slice text,
                                    size_t max_depth);

/* Returns true for a comment of an event stream that a proxy has sent as
 * data. */
bool chutes__event_data_is_comment(struct chutes__slice text);

/* Returns true for several documents, one per line. A gateway sends them if it
 * fails over to another server between a data line and the blank line that ends
 * its event. */
bool chutes__event_data_is_joined(struct chutes__slice data, size_t max_depth);

/* Returns true if the data is complete, even if the body ended before the blank
 * line of the event. */
bool chutes__event_data_is_whole(struct chutes__slice data, size_t max_depth);

#endif
