/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CALL_PARTS_H
#define CHUTES_TESTS_CALL_PARTS_H

#include <chutes/chutes.h>

/*
 * What holds for every call that sends one request after the other and whose
 * result has a part for each.
 */

struct call_parts_end {
    int dones;
    chutes_status status;
};

struct call_parts {
    const char *script; /* answers each request */
    const char *mute;   /* answers the first request only */
    /* Runs a blocking call, asserts that a result comes with CHUTES_OK only,
     * and frees it. */
    chutes_status (*run)(chutes_client *client, const char *base_url);
    /* Starts a call that reports its end with call_parts_done(). */
    chutes_status (*start)(chutes_loop *loop, const char *base_url,
                           struct call_parts_end *end, chutes_call **call);
};

/* For the completion callback, which frees the result itself. */
void call_parts_done(struct call_parts_end *end, chutes_status status,
                     const void *result, const chutes_error *error);

/* A call ends on a loop, and another one can be cancelled during its second
 * request. */
void call_parts_expect_on_a_loop(const struct call_parts *tested);

/* The total timeout is for all requests together: if the first one uses it up,
 * no other is sent. */
void call_parts_expect_one_total_timeout(const struct call_parts *tested);

/* Whichever allocation fails, the call ends with CHUTES_OK or
 * CHUTES_ERR_NO_MEMORY. */
void call_parts_expect_without_memory(const struct call_parts *tested);

#endif
