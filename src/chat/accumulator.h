/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ACCUMULATOR_H
#define CHUTES_CHAT_ACCUMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chat.h>

#include "base/buf.h"
#include "chat/reasoning_split.h"
#include "chat/tool_calls.h"
#include "codec/chunk_shape.h"

/*
 * Builds an answer from chunks and reports each step as a chutes_chat_event. A
 * whole answer is one chunk with `message` objects. Once the buffers have
 * grown, a chunk needs no allocation. The code refers to the rules below by
 * their names; the files in parentheses (in tests/fixtures/stream) hold their
 * test cases.
 *
 * Choices (choices.txt)
 *  C1  If one choice was requested and the chunk holds exactly one, it is that
 *      choice, whatever its index is.
 *  C2  Positions replace the indexes of a whole answer if any index is missing
 *      or repeated, and those of a chunk with several choices if none has an
 *      index.
 *
 * When a choice is finished (end.txt, choices.txt)
 *  F1  A finish_reason finishes the choice, unless it is blank or a null that
 *      was written as text: "null", "None", "nil" or "undefined". "abort" and
 *      "error" finish it as failed; so does an error of the choice itself
 *      (OpenRouter). Case doesn't matter.
 *  F2  Later text, reasoning or tool calls open it again, until the next
 *      finish_reason.
 *  F3  With [DONE] the answer is complete if at least one choice is finished;
 *      choices that are not finished or never arrived cause the warning
 *      no_finish_reason. With trust_done, [DONE] alone is enough. If all are
 *      needed, each must be finished, and a whole answer must hold each.
 *  F4  Without [DONE] the answer is complete if as many choices arrived as were
 *      requested and all of them are finished.
 *  F5  The answer is not complete if text was dropped because its shape was
 *      unknown, or if a finish_reason names tool calls and there is none. A
 *      string of a delta whose name alone hints at text, such as
 *      "content_text", counts if the whole answer holds no other text and was
 *      not filtered.
 *
 * A server that restarts the answer (restart.txt)
 *  R1  A gateway that fails over to another server sends a second answer after
 *      the first. A chunk may be its start if it looks like a first chunk (a
 *      role and nothing else) and its id differs from that of the choice's
 *      text, while the choice has a role and got all of its text under one id,
 *      and the answer lacks a choice or a finish_reason. The next chunk of that
 *      choice with text, or with another id, decides: text under the new id
 *      drops everything that was reported, in all choices; otherwise the chunk
 *      was a heartbeat. Text that F5 missed in the old answer is forgotten,
 *      too.
 *  R2  Any other change of a choice's id causes the warning id_changed, unless
 *      it is that of heartbeats, which lack a finish_reason. Each choice may
 *      have its own id.
 *
 * Which value counts (text.txt)
 *  X1  The first id, model and created; the last role, finish_reason,
 *      stop_reason and usage.
 *  X2  Text is decoded and appended. A number or boolean counts as its source
 *      text; an array or object that is not a list of parts counts as its JSON
 *      text. A `text` of the delta or choice counts if there is no content, or
 *      an empty one, and if it doesn't repeat the reasoning or refusal.
 *  X3  Reasoning is read from the first of reasoning_content, reasoning,
 *      thinking, reasoning_details and the parts of `content` that holds any.
 *  X4  If a character is split between two deltas, its halves are joined. A
 *      half that is never completed becomes U+FFFD when the choice finishes or,
 *      if the server sends a finish_reason with each delta, at the end.
 *  X5  A `message` after deltas is a snapshot: only what it adds to them is
 *      reported and appended. If it has a finish_reason, it may also be just
 *      the end of the text.
 *  X6  With forgets_text, each piece replaces the previous one.
 *  X7  Audio is reported, and not stored.
 *  X8  With reasoning_tags, <think>…</think> at the beginning of the content is
 *      reasoning (reasoning_tags.txt).
 *
 * Tool calls (tools.txt): see chat/tool_calls.h.
 */

/* In the order in which chutes_chat_response documents its warnings. */
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
    size_t max_text; /* bytes of all texts together (max_stream_bytes);
                        max_response_bytes limits a whole answer instead */
    struct chutes__chunk *chunk; /* scratch memory, shared by all accumulators
                                    of one thread */
    size_t asked;                /* choices requested; 0 means 1 */
    bool trusts_done;            /* F3: trust_done */
    bool forgets_text;           /* X6: `accumulate` is 0; ignored for a whole
                                    answer */
    bool needs_all;              /* F3 */
    chutes_reasoning_tags reasoning_tags; /* X8 */
};

/* The kind of an event's data, according to the event's type. */
enum chutes__data_kind {
    CHUTES__DATA_CHUNK,
    CHUTES__DATA_ERROR, /* the event's type is "error" */
    CHUTES__DATA_ASIDE  /* not part of the answer, such as "ping" */
};

struct chutes__accumulated_text {
    struct chutes__buf buf;
    struct chutes__json_half half;
    bool was_sent; /* the server sent it, even if it was empty */
};

/* R1: a chunk that may be the first one of a new answer. */
struct chutes__accumulated_start {
    struct chutes__buf id; /* empty: there is no such chunk */
    struct chutes__buf role;
    struct chutes__buf model;
    int64_t created;
    bool has_content;
};

/* One choice, in growing buffers. */
struct chutes__accumulated_choice {
    int index;
    bool is_finished; /* a finish_reason arrived, and no text after it */
    bool has_reason;  /* a finish_reason arrived, perhaps with text after it */
    bool is_ending;   /* no chunk follows: the text that is reported now was
                         held */
    bool has_deltas;
    bool has_text;         /* text of any kind, or a tool call, arrived */
    bool has_several_ids;  /* text arrived under more than one id */
    bool is_legacy;        /* the call was sent as function_call */
    struct chutes__buf id; /* the id of its text, or of its first chunk while
                              there is no text */
    struct chutes__accumulated_start start;
    struct chutes__accumulated_text content;
    struct chutes__accumulated_text reasoning;
    struct chutes__accumulated_text refusal;
    struct chutes__reasoning_split split; /* X8 */
    bool is_separated; /* X8: the server separates the reasoning itself */
    struct chutes__json_half split_half; /* X4: before the split */
    struct chutes__buf role;
    struct chutes__buf finish_reason;
    struct chutes__buf stop_reason;
    struct chutes__buf logprobs; /* pointers to the entries */
    struct chutes__buf error;    /* {"error":…}, the last that was sent */
    struct chutes__tool_calls calls;
};

/* An earlier chunk with a shape that later ones may have. */
struct chutes__accumulator_model {
    struct chutes__buf text;
    struct chutes__chunk_shape shape;
    struct chutes__accumulator_model *next; /* the model of the chunk that
                                               followed the last such one */
    /* The choice that such a chunk changes, if only its piece of text, logprobs
     * and usage still have an effect. NULL: not known. */
    struct chutes__accumulated_choice *choice;
    /* The same for chunks whose index, of one digit, names the choice: bit i
     * stands for choices[i]. */
    uint32_t choices;
    enum chutes__mark_kind kind; /* which text it is */
};

enum { CHUTES__MAX_MODELS = 8 };

/* Where the running chunk continues after a pause. */
struct chutes__accumulator_cursor {
    size_t choice;       /* position in the chunk's choices */
    bool is_begun;       /* the first steps of that choice are done */
    bool is_snapshot;    /* X5: that choice is a snapshot */
    bool is_last;        /* X5: that choice has a finish_reason */
    bool has_reasoning;  /* X3: that choice has reasoning outside of content */
    size_t part;         /* next part of that choice to apply */
    size_t call;         /* elements of its tool_calls that were applied */
    bool is_in_calls;    /* chunk->calls is inside that array */
    bool reports_usage;  /* the USAGE event is still to be reported */
    bool is_error;       /* the chunk also reports an error */
    bool is_error_event; /* the type of its event says so */
};

struct chutes__accumulator {
    struct chutes__accumulator_options options;
    struct chutes__chunk *chunk;                 /* options.chunk or rest */
    struct chutes__accumulated_choice **choices; /* sorted by index */
    size_t choice_count;
    size_t choice_capacity;
    size_t text_len; /* bytes of all texts, at most max_text */
    struct chutes__logprobs *logprobs; /* for all choices; NULL: none yet */
    struct chutes__buf id;
    struct chutes__buf model;
    struct chutes__buf raw;        /* copy of the last chunk, or the whole
                                      answer */
    struct chutes__buf texts;      /* those of a large whole answer */
    const char *room_begin;        /* memory for the texts of a whole answer,
                                      in `raw` after it or in `texts` */
    struct chutes__json_room room; /* the unused part of it */
    struct chutes__accumulator_model *models[CHUTES__MAX_MODELS];
    size_t model_count;
    struct chutes__accumulator_model *last_model; /* that of the last chunk
                                                     that had one, or NULL */
    size_t oldest_model; /* once there are MAX_MODELS */
    size_t vain_chunks;  /* chunks parsed since one matched a model */
    const char *unlike;  /* bytes that were just compared with all models and
                            match none */
    int64_t created;
    bool has_usage;
    chutes_usage usage;
    bool is_whole;      /* the input is one whole answer instead of chunks */
    bool saw_token;     /* text or a tool call arrived since the owner cleared
                           this */
    char dropped[80];   /* F5: the start of the dropped text; "" if none */
    char hint[80];      /* F5: the start of the first chunk that only hints at
                           text; "" if none */
    size_t event_count; /* events handed to on_event */
    struct chutes__tool_slot *reported; /* the call that the last event of a
                                           call was about */
    bool seen[CHUTES__WARN_COUNT];
    enum chutes__warning warnings[CHUTES__WARN_COUNT]; /* in order */
    size_t warning_count;
    struct chutes__slice source; /* the chunk that is being applied: the
                                    caller's bytes, or `raw` after a pause */
    bool is_paused;              /* by on_event, during this apply or resume */
    bool has_rest;               /* a pause has left part of `source` */
    struct chutes__accumulator_cursor at;
    struct chutes__chunk *rest; /* what `chunk` points at while has_rest is set;
                                   NULL: none was needed yet */
    struct chutes__buf scratch; /* X5: the text of a snapshot */
    struct chutes__buf thought; /* X8: the two parts of a piece of text */
    struct chutes__buf answer;
    struct {
        const char *option;
        size_t value;
    } limit; /* the limit that CHUTES_ERR_TOO_LARGE refers to */
};

#endif
