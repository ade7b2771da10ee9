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
    float *values;             /* rows of all parts that came */
    char **answers;            /* of each part; NULL when they are not kept */
    struct chutes__arena head; /* of the part that response.info is about */
    struct chutes__owner owner;
};

/* The inputs of one request. */
struct chutes__embed_part {
    struct chutes__buf request; /* empty once it is done */
    chutes_embed_part *view;    /* of the result */
    size_t row;                 /* its first one in the result's values */
};

/* One of the requests that run at once. */
struct chutes__embed_slot {
    struct chutes__fetch fetch;
    struct chutes__embed_call *call;
    struct chutes__embed_part *part; /* NULL: the slot is free */
    bool is_standing_back;
    chutes_embed_response decoded; /* in the arena of the fetch */
    struct chutes__arena head;     /* of the answer */
    chutes_error error;
};

struct chutes__embed_call {
    struct chutes_call call;    /* first, so that one casts to the other */
    struct chutes__arena arena; /* of the result */
    struct chutes__embed_result *result;
    chutes_response_info *info; /* of the result */
    size_t row_count;           /* that came */
    size_t row_capacity;
    size_t received; /* bytes of the answers that they came in */
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

/* embed_parts.c: checks the parameters, splits the inputs, and encodes all
 * requests, as the inputs are the caller's. Fills call->error. */
chutes_status chutes__embed_prepare(struct chutes__embed_call *call,
                                    const chutes_embed_params *params);

/* embed_rows.c: reads the answer of a slot's request into slot->decoded. */
chutes_status chutes__embed_decode(struct chutes__fetch *fetch);
/* Adds the rows that were decoded to those of the result. Both describe their
 * failures in the slot's error. */
chutes_status chutes__embed_keep_answer(struct chutes__embed_slot *slot);
/* Once no more rows come: puts them in the order of the inputs, if all are
 * there, and tells where they are. CHUTES_ERR_NO_MEMORY: they are told part by
 * part. */
chutes_status chutes__embed_arrange(struct chutes__embed_call *call);

static inline struct chutes__embed_slot *
chutes__embed_slot_of(struct chutes__fetch *fetch)
{
    return CHUTES__LIST_ENTRY(fetch, struct chutes__embed_slot, fetch);
}

#endif
