/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_PLAIN_H
#define CHUTES_CHAT_ANSWER_PLAIN_H

#include "chat/answer_state.h"

/* Stores bytes of a body in reader->plain: all of them if it is no event
 * stream, else as much as is needed to recognize a whole answer. */
chutes_status chutes__answer_plain_append(struct chutes__answer_reader *reader,
                                          const char *bytes, size_t len)
    __attribute__((warn_unused_result));

/* The body ended without an event. CHUTES_OK: it was one whole answer, which
 * was reported. */
chutes_status chutes__answer_plain_read(struct chutes__answer_reader *reader,
                                        chutes_status transport)
    __attribute__((warn_unused_result));

/* The first event is about to be read; `is_end`: it is [DONE]. What stands
 * before it may be a whole answer in JSON, which is reported (*is_answer), or
 * text that would be missing from the answer, which is a failure. */
chutes_status
chutes__answer_plain_read_bare(struct chutes__answer_reader *reader,
                               bool is_end, bool *is_answer)
    __attribute__((warn_unused_result));

/* Fails because text stands outside of the events. */
chutes_status
chutes__answer_plain_fail_bare(struct chutes__answer_reader *reader,
                               struct chutes__slice text);

/* Sets `end` to truncated, and describes it unless the transport did. */
chutes_status
chutes__answer_plain_fail_truncated(struct chutes__answer_reader *reader,
                                    chutes_status transport);

#endif
