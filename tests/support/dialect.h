/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_DIALECT_H
#define CHUTES_TESTS_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <chutes/chutes.h>

/*
 * Random answers, written as vLLM, SGLang and llama.cpp would send them. An
 * answer is made first and written later, so that the struct says exactly what
 * a client must read from the bytes.
 */
enum dialect { DIALECT_VLLM, DIALECT_SGLANG, DIALECT_LLAMA, DIALECT_COUNT };

enum {
    DIALECT_CHOICES = 3, /* these are maxima */
    DIALECT_CALLS = 3,
    DIALECT_PIECES = 12,
    DIALECT_TEXT = 320
};

/* UTF-8 text, divided into the tokens that the model generated. */
struct dialect_text {
    char bytes[DIALECT_TEXT]; /* NUL-terminated */
    size_t len;
    size_t ends[DIALECT_PIECES]; /* where each piece ends */
    size_t count;
};

struct dialect_call {
    char id[40]; /* "": the server gives none */
    char name[24];
    struct dialect_text arguments; /* sometimes invalid JSON */
};

struct dialect_choice {
    struct dialect_text reasoning;
    struct dialect_text content;
    struct dialect_call calls[DIALECT_CALLS];
    size_t call_count;
    const char *finish_reason;
    const char *stop_reason; /* NULL: none; digits are sent as a number */
    char id[40];             /* of the chunks of this choice */
};

enum dialect_usage { DIALECT_NO_USAGE, DIALECT_USAGE_LAST, DIALECT_USAGE_EACH };

struct dialect_answer {
    enum dialect dialect;
    struct dialect_choice choices[DIALECT_CHOICES];
    size_t choice_count;
    bool has_logprobs;
    bool has_escapes; /* non-ASCII text is written as \u escapes */
    bool has_done;    /* a stream ends with [DONE] */
    bool is_failed;   /* a choice was aborted */
    int era;          /* for vLLM: decides the names of the reasoning field */
    enum dialect_usage usage_place;
    chutes_usage usage;
};

void dialect_make(struct dialect_answer *answer, uint64_t *random);

/* Write the body, as one document or as a stream of events. */
void dialect_write_whole(const struct dialect_answer *answer, FILE *out,
                         uint64_t *random);
void dialect_write_stream(const struct dialect_answer *answer, FILE *out,
                          uint64_t *random);

/* ---- shared by the dialect files ----------------------------------------- */

/* Returns true with a probability of 1 / count. */
bool dialect_once_in(uint64_t *random, unsigned count);
size_t dialect_pick(uint64_t *random, size_t count);

/* Where a piece begins. For piece == text->count, the end of the text. */
size_t dialect_piece(const struct dialect_text *text, size_t piece);

/* Writes a JSON string with its quotes. */
void dialect_write_string(const struct dialect_answer *answer, FILE *out,
                          const char *text, size_t len);
/* Writes ,"NAME":"TEXT" for each name that this version of the server has for
 * the reasoning. */
void dialect_write_reasoning(const struct dialect_answer *answer, FILE *out,
                             const char *text, size_t len);
/* Writes ,"logprobs":… for pieces `begin` to `end` (exclusive) of the
 * content. */
void dialect_write_logprobs(const struct dialect_answer *answer, FILE *out,
                            const struct dialect_text *text, size_t begin,
                            size_t end);
/* Writes ,"finish_reason":… and related members; `choice` is NULL for a chunk
 * that doesn't end its choice. */
void dialect_write_finish(const struct dialect_answer *answer, FILE *out,
                          const struct dialect_choice *choice);
/* Writes {"prompt_tokens":…} for an answer with this many tokens so far. */
void dialect_write_usage(const struct dialect_answer *answer, FILE *out,
                         int64_t completion_tokens);

#endif
