/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_MESSAGE_H
#define CHUTES_CODEC_CHUNK_MESSAGE_H

#include "codec/chunk.h"

/* Makes all members that come from a delta or message absent. */
void chutes__chunk_clear_message(struct chutes__chunk_choice *choice);

/* Each of these consumes the member of that name. If a choice has both, the
 * delta counts unless it is empty. */
void chutes__chunk_read_delta(struct chutes__json_reader *reader,
                              struct chutes__chunk_choice *choice);
void chutes__chunk_read_message(struct chutes__json_reader *reader,
                                struct chutes__chunk_choice *choice);

/* Makes a `text` the content, unless there is another content or the text
 * repeats the reasoning or the refusal. */
void chutes__chunk_choose_text(struct chutes__chunk_choice *choice,
                               const struct chutes__json_value *text);

/* Returns true if the choice holds a text, audio or a tool call. */
bool chutes__chunk_says_something(const struct chutes__chunk_choice *choice);

#endif
