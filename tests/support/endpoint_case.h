/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ENDPOINT_CASE_H
#define CHUTES_TESTS_ENDPOINT_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "codec/endpoint.h"

/*
 * Checks what an endpoint of an engine sends, and how it reads answers. Each
 * function fails the test if the result isn't the required one.
 */

/* An endpoint, and the parameters of the request whose answers it reads. */
struct endpoint_case {
    const struct chutes__endpoint *endpoint;
    const void *params;
    /* Writes a response as text. */
    void (*dump)(FILE *out, const void *response);
    bool is_whole; /* according to HTTP, the answer is whole */
};

/* For `dump`: writes the model and the total of the usage, if they were sent.
 */
void endpoint_dump_origin(FILE *out, const char *model,
                          const chutes_usage *usage);

/* Asserts that the request has this body or, if a parameter is wrong, that it
 * is refused with this message. */
void endpoint_expect_request(const struct chutes__endpoint *endpoint,
                             const void *params, const char *want);

/* Asserts that an endpoint of Chutes' own API writes this path or, if a
 * parameter is wrong, refuses it with a message that begins like this. */
void endpoint_expect_path(const struct chutes__endpoint *endpoint,
                          const void *params, const char *want);

/* Asserts that `dump` writes the answer as this text, or that reading it fails
 * with this message. */
void endpoint_expect_answer(const struct endpoint_case *tested,
                            const char *json, const char *want);

/* Does the same for DIRECTORY/NAME.json and NAME.want, below the fixtures. */
void endpoint_expect_fixtures(const struct endpoint_case *tested,
                              const char *directory, const char *const *names,
                              size_t count);

/* Does the same for an answer that is a file below the fixtures. */
void endpoint_expect_file(const struct endpoint_case *tested, const char *name,
                          const char *want);

/* Reads the answer once for each allocation, which fails, and once without a
 * failure, which must succeed. */
void endpoint_expect_no_memory(const struct endpoint_case *tested,
                               const char *json);

#endif
