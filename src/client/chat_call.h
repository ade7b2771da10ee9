/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_CALL_H
#define CHUTES_CLIENT_CHAT_CALL_H

#include "chat/answer_reader.h"
#include "client/call.h"
#include "client/chat_trace.h"
#include "client/fed_call.h"

/*
 * Calls whose answer is that of a chat. An endpoint adds its exported functions
 * and a chutes__chat_post.
 */
struct chutes__chat_call {
    struct chutes__fed_call fed; /* first, so that one casts to the other */
    struct chutes__answer_reader reader;
    bool forgets_text; /* accumulate is 0 */
    bool is_tee_only;
    chutes_reasoning_tags reasoning_tags;
    bool needs_all;    /* see chutes__chat_post */
    size_t asked;      /* choices requested */
    const char *model; /* in the arena */
    struct chutes__buf body;
    struct chutes__arena arena;    /* the result's */
    chutes_chat_event_fn on_event; /* NULL: not streamed */
    void *event_data;
    const char *const *next_models; /* to fall back to, in the arena */
    size_t next_model_count;
};

struct chutes__chat_post {
    const char *path;
    /* Appends the body for `params` to the buffer. */
    chutes_status (*encode)(const void *params, size_t max_depth,
                            struct chutes__buf *body, chutes_error *error);
    const void *params;
    size_t prompts; /* each is answered by `n` choices */
    bool needs_all; /* a choice that is missing or unfinished fails the call */
};

/* Begins a call of a CHUTES__CHAT_CALL_TYPE. `post` encodes the body;
 * everything else is read from `params`. */
chutes_status chutes__chat_call_begin(struct chutes_call *handle,
                                      const chutes_chat_params *params,
                                      const struct chutes__chat_post *post,
                                      chutes_error *error);

/* Initializes the type of such calls. */
#define CHUTES__CHAT_CALL_TYPE(operation, params, defaults_setter, beginner) \
    {                                                                        \
        .size = sizeof(struct chutes__chat_call),                            \
        .params_size = sizeof(params), .name = (operation),                  \
        .options_at = offsetof(params, call_options),                        \
        .set_defaults = (defaults_setter), .begin = (beginner),              \
        .dispose = chutes__chat_call_dispose,                                \
        .deliver = chutes__chat_call_deliver,                                \
        .free_response = chutes__chat_call_free_response,                    \
        .read_use = chutes__chat_call_read_use,                              \
        .trace_response = chutes__chat_trace_response,                       \
        .cancel = chutes__fed_call_cancel, .pause = chutes__chat_call_pause, \
        .resume = chutes__fed_call_resume,                                   \
    }

/* Returns the include_usage to send for a call whose parameter is `asked`. Most
 * servers report the usage of a stream only on request, and a budget needs
 * it. */
static inline int
chutes__chat_call_include_usage(const struct chutes_call *call,
                                chutes_chat_event_fn on_event, int asked)
{
    return asked == CHUTES_UNSET && on_event != NULL &&
                   chutes__ledger_has_budget(&call->loop->client->ledger)
               ? 1
               : asked;
}

void chutes__chat_call_dispose(struct chutes_call *handle);
void chutes__chat_call_deliver(chutes__done_fn on_done, chutes_status status,
                               void *response, const chutes_error *error,
                               void *user_data);
void chutes__chat_call_free_response(void *response);
bool chutes__chat_call_read_use(const struct chutes_call *call,
                                const void *response, struct chutes__use *use);
void chutes__chat_call_pause(struct chutes_call *call);

/* A chat completion with chutes_chat_params. In chat.c. */
extern const struct chutes__call_type chutes__chat_call_type;

/*
 * For the iterator's on_event: returns true if a pause takes effect right after
 * this event. Then the data of the event is valid until the call is resumed or
 * its on_done returns.
 */
bool chutes__chat_call_is_fed(const chutes_call *call);

/* Returns the number of the chunk of the current event, for on_event. */
size_t chutes__chat_call_chunk(const chutes_call *call);

/* Returns the tool call of the current event, for on_event. If the event has no
 * tool call, the result means nothing. */
static inline struct chutes__tool_slot *
chutes__chat_call_slot(const chutes_call *call)
{
    return ((const struct chutes__chat_call *)call)->reader.acc.reported;
}

/* Resumes the call outside of a step. Before it returns, delivers the events
 * that have already arrived, until on_event pauses the call again. */
void chutes__chat_call_pull(chutes_call *call);

#endif
