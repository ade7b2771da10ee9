/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_DIALECT_H
#define CHUTES_TESTS_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <chutes/chutes.h>

/*
 * Random answers, and the bytes in which vLLM, SGLang and llama.cpp would send
 * them. An answer is made first and written afterwards, so that it is a record
 * of what a client must find in the bytes.
 */
enum dialect { DIALECT_VLLM, DIALECT_SGLANG, DIALECT_LLAMA, DIALECT_COUNT };

enum {
    DIALECT_CHOICES = 3, /* at most, as are these */
    DIALECT_CALLS = 3,
    DIALECT_PIECES = 12,
    DIALECT_TEXT = 320
};

/* UTF-8 in the pieces that the model generated one by one: its tokens. */
struct dialect_text {
    char bytes[DIALECT_TEXT]; /* NUL-terminated */
    size_t len;
    size_t ends[DIALECT_PIECES]; /* of the pieces */
    size_t count;
};

struct dialect_call {
    char id[40]; /* "": the server gives none */
    char name[24];
    struct dialect_text arguments; /* not always JSON */
};

struct dialect_choice {
    struct dialect_text reasoning;
    struct dialect_text content;
    struct dialect_call calls[DIALECT_CALLS];
    size_t call_count;
    const char *finish_reason;
    const char *stop_reason; /* NULL: none. A number is told as one. */
    char id[40];             /* of the chunks of this choice */
};

enum dialect_usage { DIALECT_NO_USAGE, DIALECT_USAGE_LAST, DIALECT_USAGE_EACH };

struct dialect_answer {
    enum dialect dialect;
    struct dialect_choice choices[DIALECT_CHOICES];
    size_t choice_count;
    bool has_logprobs;
    bool has_escapes; /* what isn't ASCII is written as \u escapes */
    bool has_done;    /* a stream ends with [DONE] */
    bool is_failed;   /* a choice was aborted */
    int era;          /* of vLLM: which names it has for the reasoning */
    enum dialect_usage usage_place;
    chutes_usage usage;
};

void dialect_make(struct dialect_answer *answer, uint64_t *random);

/* The body of the answer as one document, or as a stream of events. */
void dialect_write_whole(const struct dialect_answer *answer, FILE *out,
                         uint64_t *random);
void dialect_write_stream(const struct dialect_answer *answer, FILE *out,
                          uint64_t *random);

/* ---- between the files of the dialects ----------------------------------- */

/* True once in `count` times. */
bool dialect_once_in(uint64_t *random, unsigned count);
size_t dialect_pick(uint64_t *random, size_t count);

/* Where the piece begins; that of `count` is the end. */
size_t dialect_piece(const struct dialect_text *text, size_t piece);

/* As JSON, a string with its quotes. */
void dialect_write_string(const struct dialect_answer *answer, FILE *out,
                          const char *text, size_t len);
/* ,"NAME":"TEXT" for each name that the era of the server has for reasoning. */
void dialect_write_reasoning(const struct dialect_answer *answer, FILE *out,
                             const char *text, size_t len);
/* ,"logprobs":… of some pieces of the content. */
void dialect_write_logprobs(const struct dialect_answer *answer, FILE *out,
                            const struct dialect_text *text, size_t begin,
                            size_t end);
/* ,"finish_reason":… and the like; with NULL for a choice that goes on. */
void dialect_write_finish(const struct dialect_answer *answer, FILE *out,
                          const struct dialect_choice *choice);
/* {"prompt_tokens":…}, of an answer that has this many tokens so far. */
void dialect_write_usage(const struct dialect_answer *answer, FILE *out,
                         int64_t completion_tokens);

#endif
