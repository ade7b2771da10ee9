/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_ACCUMULATE_H
#define CHUTES_CLIENT_ACCUMULATE_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/chunk.h"

/*
 * Builds an answer from chunks by the accumulation rules (streaming.md §6:
 * chunk, U1, R1, message, T1 to T7, end state) and tells each step as a
 * chutes_chat_event. A whole answer is one chunk with `message`s. No
 * allocation per chunk once the buffers have grown.
 */

/* In the order of chutes_chat_response.warnings' documentation. */
enum chutes__warning {
    CHUTES__WARN_JOINED_EVENTS,
    CHUTES__WARN_ERROR_OUTSIDE_SSE,
    CHUTES__WARN_NOT_STREAMED,
    CHUTES__WARN_FLUSHED_AT_EOF,
    CHUTES__WARN_PARTIAL_EVENT_DROPPED,
    CHUTES__WARN_STREAM_RESTARTED,
    CHUTES__WARN_ID_CHANGED,
    CHUTES__WARN_TOOL_INDEX_REUSED,
    CHUTES__WARN_TOOL_INDEX_MISSING,
    CHUTES__WARN_EMPTY_COMPLETION,
    CHUTES__WARN_NO_FINISH_REASON,
    CHUTES__WARN_COUNT
};

struct chutes__accumulator_options {
    chutes_chat_event_fn on_event; /* NULL: none */
    void *user_data;
    size_t max_json_depth;
    size_t max_choices;
    size_t max_tool_calls;
    size_t max_text; /* bytes of one text of a choice */
};

struct chutes__accumulated_choice; /* growing buffers of one choice */

struct chutes__accumulator {
    struct chutes__accumulator_options options;
    struct chutes__chunk chunk; /* scratch */
    struct chutes__accumulated_choice **choices; /* by slot, in order seen */
    size_t choice_count;
    size_t choice_capacity;
    struct chutes__buf id;
    struct chutes__buf model;
    struct chutes__buf raw; /* the last chunk */
    int64_t created;
    bool has_usage;
    chutes_usage usage;
    size_t event_count; /* told to on_event; 0: nothing was delivered */
    bool seen[CHUTES__WARN_COUNT];
    enum chutes__warning warnings[CHUTES__WARN_COUNT]; /* in order */
    size_t warning_count;
    const char *raw_json; /* of the chunk being applied */
    size_t raw_len;
};

void chutes__accumulator_init(struct chutes__accumulator *acc,
                              const struct chutes__accumulator_options *options);
void chutes__accumulator_dispose(struct chutes__accumulator *acc);

/* Applies one JSON text. CHUTES_OK; CHUTES_ERR_CANCELLED (on_event said stop);
 * CHUTES_ERR_STREAM (an error by rules E: choices beside it were applied first;
 * `error` is filled); CHUTES_ERR_PROTOCOL (not JSON); CHUTES_ERR_TOO_LARGE;
 * CHUTES_ERR_NO_MEMORY. `is_error_event`: the SSE event type was "error". */
chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        bool is_error_event,
                                        chutes_error *error)
    __attribute__((warn_unused_result));

void chutes__accumulator_warn(struct chutes__accumulator *acc,
                              enum chutes__warning warning);

/* At least one choice, and each has its finish_reason. */
bool chutes__accumulator_finished(const struct chutes__accumulator *acc);

/* Something worth keeping arrived: a choice, or usage. */
bool chutes__accumulator_has_content(const struct chutes__accumulator *acc);

/* The finish_reason that makes an ended answer a failure ("abort", "error"), or
 * NULL. */
const char *
chutes__accumulator_failed_reason(const struct chutes__accumulator *acc);

/* Moves everything into the arena as the fields of `response`, except
 * complete, end and info. Warnings empty_completion and no_finish_reason are
 * the caller's to add before. */
chutes_status chutes__accumulator_build(struct chutes__accumulator *acc,
                                        struct chutes__arena *arena,
                                        chutes_chat_response *response)
    __attribute__((warn_unused_result));

#endif
