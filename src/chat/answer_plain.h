/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_PLAIN_H
#define CHUTES_CHAT_ANSWER_PLAIN_H

#include "chat/answer_state.h"

/* The first three functions are in answer_store.c. */

/* Stores bytes of a body in reader->plain, and sets reader->is_whole. If the
 * body may be an event stream and doesn't look like JSON, stores only its first
 * 64 KiB. */
chutes_status chutes__answer_plain_append(struct chutes__answer_reader *reader,
                                          const char *bytes, size_t len)
    __attribute__((warn_unused_result));

/* Returns true if the stored body looks like JSON, whatever its content type.
 */
bool chutes__answer_plain_is_bare(const struct chutes__answer_reader *reader);

/* Returns the body without the blanks around it and, if it begins with JSON,
 * the comments in front of that. */
struct chutes__slice
chutes__answer_plain_text(const struct chutes__answer_reader *reader);

/* Reads a body that ended without an event. Returns CHUTES_OK if it was one
 * whole answer, which has been reported. */
chutes_status chutes__answer_plain_read(struct chutes__answer_reader *reader,
                                        chutes_status transport)
    __attribute__((warn_unused_result));

/* Reads what arrived before the first event. `is_end` says that this event is
 * [DONE]. A whole answer in JSON before [DONE] is reported, and *is_answer
 * becomes true. Other JSON with text that would be missing from the answer is a
 * failure. */
chutes_status
chutes__answer_plain_read_bare(struct chutes__answer_reader *reader,
                               bool is_end, bool *is_answer)
    __attribute__((warn_unused_result));

/* Fails with CHUTES_ERR_PROTOCOL because text is outside of the events. */
chutes_status
chutes__answer_plain_fail_bare(struct chutes__answer_reader *reader,
                               struct chutes__slice text);

/* Fails with CHUTES_ERR_TRUNCATED and sets reader->end. Describes the failure
 * unless the transport has described it. */
chutes_status
chutes__answer_plain_fail_truncated(struct chutes__answer_reader *reader,
                                    chutes_status transport);

#endif
