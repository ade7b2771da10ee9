/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_STATE_H
#define CHUTES_CLIENT_EMBED_STATE_H

#include <chutes/embeddings.h>

#include "client/context.h"
#include "client/result_memory.h"
#include "codec/embed_answer.h"
#include "request/json_request.h"

/* The structs that the files of an embeddings call share. */

struct chutes__embed_result {
    chutes_embed_response response; /* first, so that one casts to the other */
    chutes_usage usage;
    float *values;             /* the rows of the parts that succeeded */
    char **answers;            /* one per part; NULL: they are not stored */
    struct chutes__arena head; /* the memory of response.info */
    struct chutes__result_memory memory;
};

/* The inputs of one request. */
struct chutes__embed_part {
    struct chutes__buf request; /* empty while it isn't needed */
    chutes_embed_part *view;    /* in the result */
    size_t row;                 /* first row in the result; set at the end */
};

/* One of the requests that run at once. */
struct chutes__embed_slot {
    struct chutes__json_request json;
    struct chutes__embed_call *call;
    struct chutes__embed_part *part; /* NULL: the slot is free */
    bool is_standing_back;
    struct chutes__embed_answer answer;
    struct chutes__embed_summary summary; /* in the arena of `json` */
    struct chutes__arena head;            /* the headers of the answer */
};

struct chutes__embed_call {
    struct chutes_call call;    /* first, so that one casts to the other */
    struct chutes__arena arena; /* the result's */
    struct chutes__embed_result *result;
    chutes_embed_params params; /* whose pointers are the caller's */
    chutes_response_info *info; /* the result's */
    struct chutes__rows rows;   /* those of all parts; moved into the result */
    size_t wanted_dimension;
    bool keeps_raw;
    const char *model;
    struct chutes__call_rules rules;
    int64_t started_us;
    struct chutes__embed_part *parts; /* response.part_count of them */
    size_t begun;                     /* how many of them began, in order */
    struct chutes__embed_slot *slots;
    size_t slot_count;
    size_t running;                    /* slots that are not free */
    size_t standing_back;              /* how many of those stand back */
    size_t most;                       /* how many may run at once */
    size_t calm;                       /* parts done since `most` changed */
    struct chutes__embed_part *failed; /* the first one; NULL: none yet */
    chutes_error error;
};

#endif
