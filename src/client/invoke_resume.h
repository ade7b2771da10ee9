/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_RESUME_H
#define CHUTES_CLIENT_INVOKE_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/invoke.h>

#include "request/request.h"

/*
 * Continues a download whose connection was lost: the next attempt asks for the
 * rest (Range), on the condition that the file is still the same (If-Range). A
 * server that doesn't support ranges, or has another version of the file by
 * now, sends all of it.
 */
struct chutes__invoke_resume {
    const char **lines;   /* the request's; the last two are the headers above.
                             NULL: the caller didn't ask for this */
    size_t count;         /* how many other lines there are */
    const char *if_range; /* the line, in the arena of the request; NULL: the
                             answer can't be continued */
    int64_t total;        /* bytes of the file */
    size_t at;            /* where the attempt begins */
    char range[48];       /* the line */
};

/* Adds the two lines to the request, without values. Refuses parameters for
 * which a download can't be continued. */
chutes_status chutes__invoke_resume_init(
    struct chutes__invoke_resume *resume, const chutes_invoke_params *params,
    struct chutes__request_options *options, chutes_error *error)
    __attribute__((warn_unused_result));

/* Returns true if the next attempt can continue after `received` bytes. */
bool chutes__invoke_resume_can(const struct chutes__invoke_resume *resume,
                               size_t received);

/* Makes the next attempt do so, if it can. */
void chutes__invoke_resume_set(struct chutes__invoke_resume *resume,
                               size_t received);

/* Reads the head of an answer with a success status. If the attempt was to
 * continue another one, but this is the whole file, `at` is 0 afterwards. Fails
 * with CHUTES_ERR_PROTOCOL if this is a part other than the requested one. */
chutes_status
chutes__invoke_resume_read_head(struct chutes__invoke_resume *resume,
                                struct chutes__request *request)
    __attribute__((warn_unused_result));

#endif
