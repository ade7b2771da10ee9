/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_HOSTILE_H
#define CHUTES_TESTS_HOSTILE_H

#include <stddef.h>

/*
 * Answers that cost a careless client more than they cost the server. Each
 * shape can be repeated to any size.
 */
enum hostile_kind {
    HOSTILE_STREAM, /* a streamed chat */
    HOSTILE_WHOLE,  /* a chat answer that is one document */
    HOSTILE_EMBED,  /* embeddings of two texts */
    HOSTILE_MODELS,
    HOSTILE_MODEL_INFO, /* LiteLLM's list of models */
    HOSTILE_INVOKE,     /* any JSON */
    HOSTILE_RERANK,     /* reranking of two documents */
    HOSTILE_SCORE,      /* scores of two texts */
    HOSTILE_CLASSIFY,   /* classes of two texts */
    HOSTILE_TOKENIZE,
    HOSTILE_DETOKENIZE,
    HOSTILE_IMAGE, /* pictures */
    HOSTILE_IMAGE_EDIT,
    HOSTILE_VIDEO,
    HOSTILE_SPEECH,
    HOSTILE_TRANSCRIPT,
    HOSTILE_SPOKEN,    /* a streamed transcript */
    HOSTILE_OPERATION, /* the state of an operation */
    HOSTILE_DESCRIBE,  /* the two pages about a chute */
    HOSTILE_ACCOUNT,   /* the parts of an account */
    HOSTILE_USAGE,     /* a page of the usage */
    HOSTILE_STATS,     /* statistics of LLMs */
    HOSTILE_PRICING,   /* prices of GPUs */
    HOSTILE_CHUTES,    /* a page of chutes */
    HOSTILE_CHUTE,     /* a chute */
    HOSTILE_WARMUP,    /* the states of a chute */
    HOSTILE_DEPLOY,    /* a chute that was deployed */
    HOSTILE_KINDS
};

struct hostile_shape {
    const char *name;
    enum hostile_kind kind;
    int http_status;
    const char *open;
    /* The part that is repeated. "%d" counts up, "%m" counts up to 127 and
     * starts again, "%x" is a text of 1,000 bytes, "%0" a zero byte. */
    const char *unit;
    const char *close;
};

extern const struct hostile_shape HOSTILE_SHAPES[];
extern const size_t HOSTILE_SHAPE_COUNT;

/* Returns a body of about `size` bytes, which the caller frees with free(). */
char *hostile_body(const struct hostile_shape *shape, size_t size, size_t *len);

#endif
