/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_STATE_H
#define CHUTES_CLIENT_EMBED_STATE_H

#include <chutes/embeddings.h>

#include "client/context.h"
#include "client/result_memory.h"
#include "codec/embed_answer.h"
#include "request/json_request.h"

/* What an embeddings call is made of, for its files. */

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
    struct chutes__json_request json;
    struct chutes__embed_call *call;
    struct chutes__embed_part *part; /* NULL: the slot is free */
    bool is_standing_back;
    struct chutes__embed_answer answer;
    struct chutes__embed_told told; /* in the arena of `json` */
    struct chutes__arena head;      /* of the answer */
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

#endif
