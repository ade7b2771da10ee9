/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_PROGRESS_H
#define CHUTES_CLIENT_INVOKE_PROGRESS_H

#include <stdbool.h>

#include <chutes/invoke.h>

/* How far a request to any chute has come, and who wants to know. */
struct chutes__invoke_progress {
    chutes_invoke_progress_fn report; /* NULL: nobody */
    void *user_data;
    chutes_invoke_progress so_far;
};

/* False: the application wants to stop. */
static inline bool
chutes__invoke_progress_tell(const struct chutes__invoke_progress *progress)
{
    return progress->report == NULL ||
           progress->report(&progress->so_far, progress->user_data) == 0;
}

#endif
