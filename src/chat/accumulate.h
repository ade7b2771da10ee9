/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ACCUMULATE_H
#define CHUTES_CHAT_ACCUMULATE_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "chat/tool_calls.h"
#include "codec/chunk_shape.h"

/*
 * Builds an answer from chunks and tells each step as a chutes_chat_event. A
 * whole answer is one chunk with `message`s. No allocation per chunk once the
 * buffers have grown. Each rule has its cases in tests/fixtures/stream.
 *
 * Choices (choices.txt)
 *  C1  Exactly one choice was asked for, and the chunk holds exactly one: it is
 *      the choice, whatever its index says.
 *  C2  In a whole answer, position counts where an index is missing or
 * repeated; in a chunk of several choices, where none has an index.
 *
 * When a choice is finished (end.txt, choices.txt)
 *  F1  By a finish_reason that is text other than "", "null" and "None" (a null
 *      that was written as text). With "abort"
 *      and "error" it has ended, but not well; so has one that told of an
 *      error of its own (OpenRouter).
 *  F2  Text, reasoning or a tool call that comes later opens it again, until
 * the next finish_reason. F3  With [DONE] the answer is whole when a choice is
 * finished; the others, and those that never came, are the warning
 * no_finish_reason. trust_done takes [DONE] for enough. F4  Without [DONE] it
 * is whole when as many choices came as were asked for, and all are finished.
 *  F5  It isn't whole when text was dropped because its shape was not known.
 *
 * A server that starts anew (restart.txt)
 *  R1  A chunk of a choice has another id than its text and looks like a first
 *      one (a role and nothing else), while the choice has a role, isn't
 * finished and all of its text came under one id: the next chunk of the choice
 *      decides. With the new id it confirms, and everything told is dropped;
 *      otherwise the chunk was a heartbeat.
 *  R2  A choice whose id changes otherwise is the warning id_changed. Each
 *      choice may have an id of its own.
 *
 * What is appended (text.txt)
 *  X1  The first id, model and created count, and the last role, finish_reason,
 *      stop_reason and usage.
 *  X2  Text is appended, decoded. A number or boolean is its source text; an
 *      array or object that is no list of parts is its JSON text.
 *  X3  Reasoning is the first of reasoning_content, reasoning, thinking,
 *      reasoning_details and the parts of `content` that holds text.
 *  X4  Halves of a character at the end of one delta and at the start of the
 *      next are joined; one that stays alone becomes U+FFFD when the choice
 *      finishes.
 *  X5  `message` behind deltas is a snapshot: what it repeats isn't told again,
 *      and what it adds is appended.
 *  X6  Without keeps_text, each piece takes the place of the one before.
 *
 * Tool calls (tools.txt): see client/tool_calls.h.
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
    CHUTES__WARN_ODD_USAGE,
    CHUTES__WARN_COUNT
};

struct chutes__accumulator_options {
    chutes_chat_event_fn on_event; /* NULL: none */
    void *user_data;
    size_t max_json_depth;
    size_t max_choices;
    size_t max_tool_calls;
    size_t max_text; /* bytes of all texts together: max_stream_bytes; a whole
                        answer has no limit of its own */
    struct chutes__chunk *chunk; /* scratch: for all that are fed on a thread */
    size_t asked;                /* choices; 0 is 1 */
    bool trusts_done;            /* trust_done */
    bool forgets_text;           /* of a stream: accumulate is 0 */
};

/* What the data of an event is known to be beforehand. */
enum chutes__data_kind {
    CHUTES__DATA_CHUNK,
    CHUTES__DATA_ERROR, /* the type of the event was "error" */
    CHUTES__DATA_ASIDE  /* it was one that has no part in the answer: "ping" */
};

struct chutes__accumulated_text {
    struct chutes__buf buf;
    struct chutes__json_half half;
    bool was_sent; /* even if it was empty */
};

/* What may be the first chunk of a new answer, until the next one decides. */
struct chutes__accumulated_start {
    struct chutes__buf id; /* empty: there is none */
    struct chutes__buf role;
    struct chutes__buf model;
    int64_t created;
    bool has_content;
};

/* One choice, in growing buffers. */
struct chutes__accumulated_choice {
    int index;
    bool is_finished; /* FINISH was told, and nothing came since */
    bool has_deltas;
    bool has_text;         /* of any kind; tool calls too */
    bool has_several_ids;  /* its text does */
    bool is_legacy;        /* its call came as function_call */
    struct chutes__buf id; /* of its first chunk with text, before of its first
                              chunk */
    struct chutes__accumulated_start start;
    struct chutes__accumulated_text content;
    struct chutes__accumulated_text reasoning;
    struct chutes__accumulated_text refusal;
    struct chutes__buf role;
    struct chutes__buf finish_reason;
    struct chutes__buf stop_reason;
    struct chutes__buf logprobs; /* a JSON array without its last bracket */
    struct chutes__buf error;    /* {"error":…}, the last that it told */
    struct chutes__tool_calls calls;
};

/* How much of a chunk was applied. */
struct chutes__accumulator_cursor {
    size_t choice;      /* of the chunk */
    bool is_begun;      /* that choice is */
    bool is_snapshot;   /* X5: it is */
    bool has_reasoning; /* X3: it told some */
    size_t part;        /* of that choice: the next to apply */
    size_t call;        /* how many elements of its tool calls were applied */
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
    size_t text_len;     /* bytes of all texts: no more than max_text */
    size_t max_logprobs; /* bytes of JSON: if there are more, the logprobs are
                            left out of the answer; SIZE_MAX to begin with */
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
    char dropped[80];   /* F5: how such text begins; "": none */
    size_t event_count; /* told to on_event; 0: nothing was delivered */
    bool seen[CHUTES__WARN_COUNT];
    enum chutes__warning warnings[CHUTES__WARN_COUNT]; /* in order */
    size_t warning_count;
    struct chutes__slice source; /* the chunk that is being applied */
    bool is_paused;              /* since the running apply began */
    bool has_rest;               /* of `source`, which is `raw` then */
    struct chutes__accumulator_cursor at;
    struct chutes__chunk rest;  /* what `chunk` points to while there is one */
    struct chutes__buf scratch; /* for a text that may be a repetition */
    struct {
        const char *option;
        size_t value;
    } limit; /* that CHUTES_ERR_TOO_LARGE is about */
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
 */
chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        enum chutes__data_kind kind,
                                        chutes_error *error)
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
 * finish_reason had ended. CHUTES_OK, CHUTES_ERR_CANCELLED or _NO_MEMORY. */
chutes_status chutes__accumulator_end(struct chutes__accumulator *acc)
    __attribute__((warn_unused_result));

void chutes__accumulator_warn(struct chutes__accumulator *acc,
                              enum chutes__warning warning);

/* F4: all choices that were asked for came, and each has its finish_reason, be
 * it one of failure. */
bool chutes__accumulator_finished(const struct chutes__accumulator *acc);

/* Is there a choice that ended well? F3. */
bool chutes__accumulator_has_finished(const struct chutes__accumulator *acc);

/* Something worth keeping arrived: a choice, or usage. */
bool chutes__accumulator_has_content(const struct chutes__accumulator *acc);

/* The first choice that makes an ended answer a failure: by its finish_reason
 * ("abort", "error") or by an error of its own. NULL: there is none. */
const struct chutes__accumulated_choice *
chutes__accumulator_failed(const struct chutes__accumulator *acc);

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
chutes__accumulated_new(const struct chutes__accumulator *acc, int index);
void chutes__accumulated_free(struct chutes__accumulated_choice *choice);

/* Applies a delta, from acc->at on, and tells what it brought. As
 * chutes__accumulator_apply(), but without a description. *is_over is false
 * when a pause left something of it. */
chutes_status
chutes__accumulated_apply(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice,
                          const struct chutes__chunk_choice *delta,
                          bool *is_over) __attribute__((warn_unused_result));

/* The answer is over: tells of each call of the choice that is finished by that
 * and wasn't told yet. One that was cut must not look like one to run. */
chutes_status chutes__accumulated_end(struct chutes__accumulator *acc,
                                      struct chutes__accumulated_choice *choice)
    __attribute__((warn_unused_result));

/* Add the text of a delta, or under X5 of a message, and tell it. In
 * accumulate_text.c, as are the next three. */
chutes_status
chutes__accumulated_add_reasoning(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));
/* X3: the parts of `content` that are reasoning, if there was none. */
chutes_status
chutes__accumulated_add_thought(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));
chutes_status
chutes__accumulated_add_content(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));
chutes_status
chutes__accumulated_add_refusal(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));

/* X5: the call goes on with what the element of a message has beyond it. */
chutes_status
chutes__accumulated_add_call_news(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__tool_slot *slot,
                                  const struct chutes__tool_delta *element)
    __attribute__((warn_unused_result));

/* No more text will come for now: what is left of a character is told. */
chutes_status
chutes__accumulated_flush(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice)
    __attribute__((warn_unused_result));

/* F2: something came for the choice. */
void chutes__accumulated_go_on(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice);

/* Applies one delta of a tool call and tells it. */
chutes_status chutes__accumulated_add_call(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    const struct chutes__tool_delta *delta) __attribute__((warn_unused_result));

/* The text of a string takes the place of what is in the buffer. */
chutes_status
chutes__accumulated_replace(struct chutes__buf *buf,
                            const struct chutes__json_value *value)
    __attribute__((warn_unused_result));

/* How much more text may come. */
size_t chutes__accumulator_room(const struct chutes__accumulator *acc);

void chutes__accumulated_start_init(struct chutes__accumulated_start *start);
void chutes__accumulated_start_dispose(struct chutes__accumulated_start *start);

/* Looks at the id of a chunk of this choice, before it is applied. *restarts:
 * R1 was confirmed. In accumulate_restart.c. */
chutes_status chutes__accumulated_check_id(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    const struct chutes__chunk_choice *delta, bool *restarts)
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
