/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_ACCUMULATE_H
#define CHUTES_CLIENT_ACCUMULATE_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "client/tool_calls.h"
#include "codec/chunk_shape.h"

/*
 * Builds an answer from chunks and tells each step as a chutes_chat_event. A
 * whole answer is one chunk with `message`s. No allocation per chunk once the
 * buffers have grown.
 *
 * Chunks of one answer agree on little: the first id and model count, the last
 * usage, role and finish_reason; text is appended. A chunk with another id that
 * looks like a first one, while a choice is unfinished, is a server that starts
 * anew: all that it had told is dropped.
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
    size_t max_text; /* bytes of one text of a choice: max_response_bytes */
    struct chutes__chunk *chunk; /* scratch: for all that are fed on a thread */
};

struct chutes__accumulated_text {
    struct chutes__buf buf;
    bool was_sent; /* even if it was empty */
};

/* One choice, in growing buffers. */
struct chutes__accumulated_choice {
    int index;
    bool is_finished; /* FINISH was told */
    struct chutes__accumulated_text content;
    struct chutes__accumulated_text reasoning;
    struct chutes__accumulated_text refusal;
    struct chutes__buf role;
    struct chutes__buf finish_reason;
    struct chutes__buf stop_reason;
    struct chutes__buf logprobs; /* a JSON array without its last bracket */
    struct chutes__tool_calls calls;
};

/* How much of a chunk was applied. */
struct chutes__accumulator_cursor {
    size_t choice; /* of the chunk */
    size_t part;   /* of that choice: the next to apply */
    size_t call;   /* how many elements of its tool calls were applied */
    bool is_in_calls;
    struct chutes__json_reader calls; /* where they go on */
    bool owes_usage;
    bool is_error;
    bool is_error_event;
};

struct chutes__accumulator {
    struct chutes__accumulator_options options;
    struct chutes__chunk *chunk;                 /* of the options, or `rest` */
    struct chutes__accumulated_choice **choices; /* sorted by index */
    size_t choice_count;
    size_t choice_capacity;
    struct chutes__buf id;
    struct chutes__buf model;
    struct chutes__buf raw;           /* the last chunk */
    struct chutes__chunk_shape shape; /* of that */
    int64_t created;
    bool has_usage;
    chutes_usage usage;
    bool is_whole;      /* what comes is one whole answer, not chunks: its tool
                           calls need no index */
    bool saw_token;     /* any text, reasoning, refusal or tool call came since
                           this was last taken back */
    size_t event_count; /* told to on_event; 0: nothing was delivered */
    bool seen[CHUTES__WARN_COUNT];
    enum chutes__warning warnings[CHUTES__WARN_COUNT]; /* in order */
    size_t warning_count;
    struct chutes__slice source; /* the chunk that is being applied */
    bool is_paused;              /* since the running apply began */
    bool has_rest;               /* of `source`, which is `raw` then */
    struct chutes__accumulator_cursor at;
    struct chutes__chunk rest; /* what `chunk` points to while there is one */
    const char *limit;         /* what CHUTES_ERR_TOO_LARGE is about */
};

void chutes__accumulator_init(
    struct chutes__accumulator *acc,
    const struct chutes__accumulator_options *options);
void chutes__accumulator_dispose(struct chutes__accumulator *acc);

/* Applies one JSON text. CHUTES_OK; CHUTES_ERR_CANCELLED (on_event said stop);
 * CHUTES_ERR_STREAM (it tells of an error; choices beside it were applied
 * first); CHUTES_ERR_PROTOCOL (not JSON: chunk->fault and chunk->fault_at say
 * why; or the index of a tool call is out of range); CHUTES_ERR_TOO_LARGE;
 * CHUTES_ERR_NO_MEMORY. All are described in *error, which is not NULL.
 * `is_error_event`: the SSE event type was "error". */
chutes_status
chutes__accumulator_apply(struct chutes__accumulator *acc, const char *json,
                          size_t len, bool is_error_event, chutes_error *error)
    __attribute__((warn_unused_result));

/* From on_event: the running apply or go_on ends behind this event, and leaves
 * the rest of the chunk. A second event may still come if the same step of the
 * chunk caused it. Until the next apply or go_on, what these events point at
 * stays where it is. */
void chutes__accumulator_pause(struct chutes__accumulator *acc);

/* Applies what a pause has left of a chunk, which is has_rest; as
 * chutes__accumulator_apply(). No other chunk may be applied before. */
chutes_status chutes__accumulator_go_on(struct chutes__accumulator *acc,
                                        chutes_error *error)
    __attribute__((warn_unused_result));

/* The answer ended well: tells TOOL_CALL_FINISHED for the calls that no
 * finish_reason had ended. CHUTES_OK or CHUTES_ERR_CANCELLED. */
chutes_status chutes__accumulator_end(struct chutes__accumulator *acc)
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

/* Copies everything into the arena as the fields of `response`, except
 * complete, end and info. Warnings empty_completion and no_finish_reason are
 * the caller's to add before. CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__accumulator_build(struct chutes__accumulator *acc,
                                        struct chutes__arena *arena,
                                        chutes_chat_response *response)
    __attribute__((warn_unused_result));

/* ---- between the files of the accumulator -------------------------------- */

/* NULL: out of memory. */
struct chutes__accumulated_choice *
chutes__accumulated_new(const struct chutes__accumulator_options *options,
                        int index);
void chutes__accumulated_free(struct chutes__accumulated_choice *choice);

/* Applies a delta, from acc->at on, and tells what it brought. As
 * chutes__accumulator_apply(), but without a description. *is_over is false
 * when a pause left something of it. */
chutes_status
chutes__accumulated_apply(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice,
                          const struct chutes__chunk_choice *delta,
                          bool *is_over) __attribute__((warn_unused_result));

/* The choice is over: tells of each call that is finished by that and wasn't
 * told yet. One that was cut must not look like one to run. */
chutes_status
chutes__accumulated_end(struct chutes__accumulator *acc,
                        const struct chutes__accumulated_choice *choice)
    __attribute__((warn_unused_result));

/* Its finish_reason says that there will be no answer. */
bool chutes__accumulated_is_failed(
    const struct chutes__accumulated_choice *choice);

/* Hands the event on, with the chunk that told it. CHUTES_OK or
 * CHUTES_ERR_CANCELLED. */
chutes_status chutes__accumulator_tell(struct chutes__accumulator *acc,
                                       chutes_chat_event *event)
    __attribute__((warn_unused_result));

#endif
