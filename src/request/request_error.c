/* SPDX-License-Identifier: MIT */
/*
 * Where the error of a request is stored: in its queue, where all requests
 * share one, until another request might fail before it is reported.
 */
#include "request/request.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

chutes_error *chutes__request_error(struct chutes__request *request)
{
    return request->kept != NULL ? request->kept : &request->queue->scratch;
}

bool chutes__request_keep_error(struct chutes__request *request)
{
    chutes_error *scratch = &request->queue->scratch;

    if (request->kept != NULL) {
        return true;
    }
    /* If memory runs out, the error is lost, and the caller reports that
     * instead. */
    request->kept = chutes__mem_alloc(sizeof(*request->kept));
    if (request->kept != NULL) {
        *request->kept = *scratch;
    }
    chutes__error_clear(scratch);
    return request->kept != NULL;
}

void chutes__request_clear_error(struct chutes__request *request)
{
    chutes__mem_free(request->kept);
    request->kept = NULL;
    chutes__error_clear(&request->queue->scratch);
}

void chutes__request_name_attempt(struct chutes__request *request)
{
    chutes_error *error = chutes__request_error(request);
    const char *id = chutes__header_list_request_id(&request->headers);

    chutes__error_copy(error->request_id, sizeof(error->request_id), id,
                       strlen(id));
}

chutes_status chutes__request_fail_result(const struct chutes__request *request,
                                          chutes_error *error)
{
    chutes__error_clear(error);
    error->outcome = CHUTES_OUTCOME_ANSWERED;
    error->http_status = request->http_status;
    error->attempts = request->attempts;
    return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}
