/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_ANSWER_H
#define CHUTES_CLIENT_INVOKE_ANSWER_H

#include <chutes/invoke.h>

#include "base/out_file.h"
#include "client/invoke_progress.h"
#include "client/invoke_resume.h"
#include "codec/gateway_tail.h"
#include "codec/media_type.h"
#include "request/request.h"

/* The answer to a request to any chute: where its bytes go, and whether it is
 * whole and of a requested type. Failures are described in the error of the
 * request. */
struct chutes__invoke_answer {
    struct chutes__request *request;
    const char *accept; /* in the arena; NULL: any type */
    chutes_invoke_head_fn on_head;
    chutes_invoke_data_fn on_data;
    void *user_data;
    struct chutes__invoke_progress progress;
    struct chutes__out_file file; /* output_path */
    struct chutes__invoke_resume resume;
    int file_code;            /* why it can't be written; 0: it can */
    bool refuses_pages;       /* HTML must not be written to it */
    bool refuses_reports;     /* JSON that reports an error must not either */
    bool may_be_report;       /* `bytes` has its beginning, to find out */
    struct chutes__buf bytes; /* those that are not passed on */
    char tail[CHUTES__MAX_GATEWAY_TAIL]; /* the last bytes */
    size_t tail_len;
    size_t received;
    size_t limit; /* for `received` */
    const char *limit_name;
    size_t max_unwanted;
    size_t max_depth;
    bool allows_unsized;
    bool is_unwanted; /* it has another type; only the beginning is stored */
    bool is_json;     /* known at the end */
};

/* The arena must be that of the request. Returns CHUTES_OK or
 * CHUTES_ERR_NO_MEMORY. The answer must be disposed of in either case. */
chutes_status chutes__invoke_answer_init(struct chutes__invoke_answer *answer,
                                         struct chutes__request *request,
                                         const chutes_invoke_params *params,
                                         const chutes_client_options *options,
                                         struct chutes__arena *arena)
    __attribute__((warn_unused_result));
void chutes__invoke_answer_dispose(struct chutes__invoke_answer *answer);

/* Creates the file of output_path, if that is set. Call this last before the
 * request is started, so that invalid parameters create no file. */
chutes_status chutes__invoke_answer_open(struct chutes__invoke_answer *answer,
                                         const chutes_invoke_params *params,
                                         chutes_error *error)
    __attribute__((warn_unused_result));

/* Returns true if another attempt can continue the file. */
bool chutes__invoke_answer_can_resume(
    const struct chutes__invoke_answer *answer);

/* Drops what has arrived before another attempt begins, unless that attempt
 * continues the file. */
void chutes__invoke_answer_restart(struct chutes__invoke_answer *answer);

/* These correspond to the functions of struct chutes__receiver. */
chutes_status chutes__invoke_answer_head(struct chutes__invoke_answer *answer)
    __attribute__((warn_unused_result));
chutes_status chutes__invoke_answer_add(struct chutes__invoke_answer *answer,
                                        const char *bytes, size_t len)
    __attribute__((warn_unused_result));
chutes_status chutes__invoke_answer_finish(struct chutes__invoke_answer *answer,
                                           chutes_status status)
    __attribute__((warn_unused_result));

/* Makes the file appear under its name. chutes__invoke_answer_finish() calls
 * this. */
chutes_status chutes__invoke_answer_store(struct chutes__invoke_answer *answer)
    __attribute__((warn_unused_result));

static inline bool
chutes__invoke_answer_has_file(const struct chutes__invoke_answer *answer)
{
    return answer->file.path != NULL;
}

/* Returns true if the content type is JSON or absent. */
static inline bool
chutes__invoke_answer_may_be_json(const struct chutes__invoke_answer *answer)
{
    const char *type = answer->request->content_type;

    return type[0] == '\0' || chutes__media_type_is_json(type);
}

/* Builds the response, which owns the arena from then on. Returns NULL if
 * memory runs out. */
chutes_invoke_response *
chutes__invoke_answer_build(struct chutes__invoke_answer *answer,
                            struct chutes__arena *arena);

#endif
