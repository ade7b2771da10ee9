/* SPDX-License-Identifier: MIT */
/*
 * Blocking calls: borrows one of the client's loops, and steps it until the
 * call is done.
 */
#include "client/blocking.h"

#include "client/loop.h"
#include "client/loop_pool.h"

chutes_status chutes__blocking_begin(struct chutes__blocking *blocking,
                                     struct chutes_client *client,
                                     chutes_error *error)
{
    *blocking = (struct chutes__blocking){.error = error};
    blocking->loop =
        chutes__loop_pool_acquire(client, &blocking->status, error);
    return blocking->status;
}

void chutes__blocking_store(struct chutes__blocking *blocking,
                            chutes_status status, void *response,
                            const chutes_error *error)
{
    blocking->is_done = true;
    blocking->status = status;
    blocking->response = response;
    *blocking->error = *error;
}

chutes_status chutes__blocking_end(struct chutes__blocking *blocking,
                                   chutes_status started)
{
    blocking->status = started;
    chutes__loop_drive(blocking->loop, started, &blocking->is_done);
    chutes__loop_pool_release(blocking->loop);
    return blocking->status;
}
