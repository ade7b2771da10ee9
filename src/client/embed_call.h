/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_CALL_H
#define CHUTES_CLIENT_EMBED_CALL_H

#include "client/call.h"
#include "client/fetch.h"

/* One embeddings call on a loop, in as many parts as it takes; as
 * chutes_embed_start(). */
chutes_status chutes__embed_call_start(struct chutes_loop *loop,
                                       const chutes_embed_params *params,
                                       chutes_embed_done_fn on_done,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error);

/* ---- between the files of the call --------------------------------------- */

struct chutes__embed_result {
    chutes_embed_response response; /* first, so that one casts to the other */
    chutes_usage usage;
    char **answers; /* of each part; NULL: none came */
    struct chutes__owner owner;
};

/* One request of a call. */
struct chutes__embed_part {
    struct chutes__fetch fetch;
    struct chutes__embed_call *call;
    size_t first;
    size_t count;
    chutes_embed_part *view;       /* of the result */
    chutes_embed_response decoded; /* while the fetch is there */
    chutes_error error;
};

struct chutes__embed_call {
    struct chutes_call call;    /* first, so that one casts to the other */
    struct chutes__arena arena; /* of the result */
    struct chutes__embed_result *result;
    float *values;                    /* of the result */
    struct chutes__embed_part *parts; /* as many as the result tells of */
    size_t prepared;                  /* of them, in order */
    size_t begun;                     /* likewise */
    size_t running;                   /* of those, not done */
    size_t most;                      /* that may run at once */
    int64_t started_us;
    struct chutes__embed_part
        *failed; /* the first that failed; NULL: none yet */
    chutes_error error;
    chutes_embed_done_fn on_done;
    void *user_data;
};

/* embed_parts.c: checks the parameters, splits the inputs, and encodes all
 * requests, as the inputs are the caller's. Their on_done is left to set. Fills
 * call->error. */
chutes_status chutes__embed_prepare(struct chutes__embed_call *call,
                                    const chutes_embed_params *params);

/* Puts the answer of a part where it belongs; failures are described in the
 * part's error. */
chutes_status chutes__embed_keep_answer(struct chutes__embed_part *part);

static inline struct chutes__embed_part *
chutes__embed_part_of(struct chutes__fetch *fetch)
{
    return CHUTES__LIST_ENTRY(fetch, struct chutes__embed_part, fetch);
}

#endif
