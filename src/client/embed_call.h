/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_CALL_H
#define CHUTES_CLIENT_EMBED_CALL_H

#include "client/call.h"
#include "client/fetch.h"
#include "codec/embed_answer.h"

/* One embeddings call on a loop, in as many parts as it takes; as
 * chutes_embed_start(). */
chutes_status chutes__embed_call_start(struct chutes_loop *loop,
                                       const chutes_embed_params *params,
                                       chutes_embed_done_fn on_done,
                                       void *user_data, chutes_call **handle,
                                       chutes_error *error);

/* The same for a caller that waits: the parameters are read until on_done. */
chutes_status chutes__embed_call_run(struct chutes_loop *loop,
                                     const chutes_embed_params *params,
                                     chutes_embed_done_fn on_done,
                                     void *user_data, chutes_error *error);

/* ---- between the files of the call --------------------------------------- */

struct chutes__embed_result {
    chutes_embed_response response; /* first, so that one casts to the other */
    chutes_usage usage;
    float *values;             /* of the parts that came */
    char **answers;            /* of each part; NULL when they are not kept */
    struct chutes__arena head; /* of the part that response.info is about */
    struct chutes__result_memory memory;
};

/* The inputs of one request. */
struct chutes__embed_part {
    struct chutes__buf request; /* empty while it isn't needed */
    chutes_embed_part *view;    /* of the result */
    size_t row;                 /* at the end: its first one in the result */
};

/* One of the requests that run at once. */
struct chutes__embed_slot {
    struct chutes__fetch fetch;
    struct chutes__embed_call *call;
    struct chutes__embed_part *part; /* NULL: the slot is free */
    bool is_standing_back;
    struct chutes__embed_answer answer;
    struct chutes__embed_told told; /* in the arena of the fetch */
    struct chutes__arena head;      /* of the answer */
    chutes_error error;
};

struct chutes__embed_call {
    struct chutes_call call;    /* first, so that one casts to the other */
    struct chutes__arena arena; /* of the result */
    struct chutes__embed_result *result;
    chutes_embed_params params; /* with the caller's pointers */
    bool has_inputs;            /* they are valid until the end of the call, not
                                   only during its start */
    chutes_response_info *info; /* of the result */
    struct chutes__rows rows;   /* of all parts; become the result's */
    size_t wanted_dimension;
    bool keeps_raw;
    const char *model;
    struct chutes__call_rules rules;
    int64_t started_us;
    struct chutes__embed_part *parts; /* as many as the result tells of */
    size_t begun;                     /* of them, in order */
    struct chutes__embed_slot *slots;
    size_t slot_count;
    size_t running;       /* slots that are not free */
    size_t standing_back; /* of those */
    size_t most;          /* that may be under way at once */
    struct chutes__embed_part
        *failed; /* the first that failed; NULL: none yet */
    chutes_error error;
    chutes_embed_done_fn on_done;
    void *user_data;
};

/* embed_parts.c: checks call->params, splits the inputs, and encodes all
 * requests. Fills call->error. */
chutes_status chutes__embed_prepare(struct chutes__embed_call *call);
/* Encodes the request of one part, while the inputs are there. */
chutes_status chutes__embed_encode(const struct chutes__embed_call *call,
                                   struct chutes__embed_part *part,
                                   chutes_error *error);

/* embed_rows.c: makes a slot ready for the answer to its request. */
void chutes__embed_expect(struct chutes__embed_slot *slot);
/* The answer is whole: keeps its rows, what it tells besides, and its text if
 * that was asked for. A failure is described in the slot's error. */
chutes_status chutes__embed_keep_answer(struct chutes__embed_slot *slot);
/* All requests have ended: puts the rows in the order of the inputs, and has
 * the result tell where they are. */
void chutes__embed_arrange(struct chutes__embed_call *call);

static inline struct chutes__embed_slot *
chutes__embed_slot_of(struct chutes__fetch *fetch)
{
    return CHUTES__LIST_ENTRY(fetch, struct chutes__embed_slot, fetch);
}

#endif
