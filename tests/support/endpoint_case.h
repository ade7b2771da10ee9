/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ENDPOINT_CASE_H
#define CHUTES_TESTS_ENDPOINT_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "codec/endpoint.h"

/*
 * Checks what an endpoint of an engine sends, and what it makes of answers.
 * Each function fails the test if something differs from what is wanted.
 */

/* What is tested: an endpoint, and what the answers belong to. */
struct endpoint_case {
    const struct chutes__endpoint *endpoint;
    const void *params;
    /* Writes a response as text. */
    void (*dump)(FILE *out, const void *response);
    bool is_whole; /* HTTP tells that the answer is */
};

/* For `dump`: writes the model and the total of the usage, if they were sent.
 */
void endpoint_dump_origin(FILE *out, const char *model,
                          const chutes_usage *usage);

/* The request has this body or, if a parameter is wrong, this message. */
void endpoint_expect_request(const struct chutes__endpoint *endpoint,
                             const void *params, const char *want);

/* An answer is read as this text, or fails with this message. */
void endpoint_expect_answer(const struct endpoint_case *tested,
                            const char *json, const char *want);

/* The same for DIRECTORY/NAME.json and NAME.want, below the fixtures. */
void endpoint_expect_fixtures(const struct endpoint_case *tested,
                              const char *directory, const char *const *names,
                              size_t count);

/* The same for an answer that is a file, below the fixtures. */
void endpoint_expect_file(const struct endpoint_case *tested, const char *name,
                          const char *want);

/* Any allocation may fail while this answer is read, which must succeed if none
 * does. */
void endpoint_expect_no_memory(const struct endpoint_case *tested,
                               const char *json);

#endif
