/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of an answer to a request to any chute go: into memory, to a
 * callback or into a file.
 */
#include "client/invoke_answer.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "codec/html.h"
#include "codec/media_type.h"

enum { ACCEPTED = 202 };

chutes_status chutes__invoke_answer_init(struct chutes__invoke_answer *answer,
                                         struct chutes__request *request,
                                         const chutes_invoke_params *params,
                                         const chutes_client_options *options,
                                         struct chutes__arena *arena)
{
    *answer = (struct chutes__invoke_answer){
        .request = request,
        .on_head = params->on_head,
        .on_data = params->on_data,
        .user_data = params->user_data,
        .progress = {.report = params->on_progress,
                     .user_data = params->user_data,
                     .so_far = {.to_receive = -1}},
        .limit = options->max_response_bytes,
        .limit_name = "max_response_bytes",
        .max_unwanted = options->max_error_bytes,
        .max_depth = options->max_json_depth,
        .allows_unsized = params->allow_unsized != 0,
    };
    if (params->on_data != NULL || params->output_path != NULL) {
        answer->limit_name = "max_stream_bytes";
        answer->limit = options->max_stream_bytes != 0
                            ? options->max_stream_bytes
                            : SIZE_MAX;
    }
    chutes__buf_init(&answer->bytes, SIZE_MAX);
    if (params->accept == NULL) {
        return CHUTES_OK;
    }
    answer->accept = chutes__arena_dup(arena, chutes__slice_of(params->accept));
    return answer->accept != NULL ? CHUTES_OK : CHUTES_ERR_NO_MEMORY;
}

void chutes__invoke_answer_dispose(struct chutes__invoke_answer *answer)
{
    chutes__out_file_dispose(&answer->file);
    chutes__buf_dispose(&answer->bytes);
}

static void clear(struct chutes__invoke_answer *answer)
{
    chutes__buf_clear(&answer->bytes);
    answer->tail_len = 0;
    answer->received = 0;
    answer->is_unwanted = false;
    if (chutes__invoke_answer_has_file(answer)) {
        answer->file_code = chutes__out_file_clear(&answer->file);
    }
}

bool chutes__invoke_answer_can_resume(
    const struct chutes__invoke_answer *answer)
{
    return !answer->is_unwanted && answer->file_code == 0 &&
           chutes__invoke_resume_can(&answer->resume, answer->received);
}

void chutes__invoke_answer_restart(struct chutes__invoke_answer *answer)
{
    if (!chutes__invoke_answer_can_resume(answer)) {
        clear(answer);
    }
    answer->progress.so_far.received = answer->received;
    chutes__invoke_resume_set(&answer->resume, answer->received);
}

/* ---- the file ------------------------------------------------------------ */

static bool has_ending(const char *path, const char *ending)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL &&
           chutes__slice_is_nocase(chutes__slice_of(dot), ending);
}

static chutes_status describe_file(const struct chutes__invoke_answer *answer,
                                   chutes_error *error)
{
    switch (answer->file_code) {
    case 0:
        return CHUTES_OK;
    case ENOMEM:
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    default:
        return chutes__fail(error, CHUTES_ERR_FILE,
                            "output_path can't be written: %s",
                            chutes__out_file_reason(answer->file_code));
    }
}

chutes_status chutes__invoke_answer_open(struct chutes__invoke_answer *answer,
                                         const chutes_invoke_params *params,
                                         chutes_error *error)
{
    if (params->output_path == NULL) {
        return CHUTES_OK;
    }
    if (params->on_data != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "output_path and on_data exclude each other");
    }
    answer->refuses_pages = params->accept == NULL &&
                            !has_ending(params->output_path, ".html") &&
                            !has_ending(params->output_path, ".htm");
    answer->refuses_reports =
        params->accept == NULL && !has_ending(params->output_path, ".json");
    answer->file_code = chutes__out_file_open(
        &answer->file, params->output_path, CHUTES__OUT_FILE_SHARED);
    return describe_file(answer, error);
}

/* Stores as much of an answer as a message may need. */
static chutes_status store_beginning(struct chutes__invoke_answer *answer,
                                     const char *bytes, size_t len)
{
    size_t room = answer->max_unwanted - answer->bytes.len;

    return chutes__buf_append(&answer->bytes, bytes, len < room ? len : room);
}

/* A report is JSON, whatever type the server states. */
static bool may_begin_report(const char *bytes, size_t len)
{
    const struct chutes__slice text =
        chutes__slice_trim_text((struct chutes__slice){bytes, len});

    return text.len == 0 || text.data[0] == '{' || text.data[0] == '[';
}

static chutes_status write_file(struct chutes__invoke_answer *answer,
                                const char *bytes, size_t len)
{
    if (answer->bytes.len == 0 && !may_begin_report(bytes, len)) {
        answer->may_be_report = false;
    }
    if (answer->may_be_report &&
        store_beginning(answer, bytes, len) != CHUTES_OK) {
        return chutes__fail_status(chutes__request_error(answer->request),
                                   CHUTES_ERR_NO_MEMORY);
    }
    if (answer->file_code == 0) {
        answer->file_code = chutes__out_file_write(&answer->file, bytes, len);
    }
    return describe_file(answer, chutes__request_error(answer->request));
}

chutes_status chutes__invoke_answer_store(struct chutes__invoke_answer *answer)
{
    if (!chutes__invoke_answer_has_file(answer)) {
        return CHUTES_OK;
    }
    if (answer->file_code == 0) {
        answer->file_code = chutes__out_file_commit(&answer->file);
    }
    return describe_file(answer, chutes__request_error(answer->request));
}

/* ---- as it arrives ------------------------------------------------------- */

/* Returns true if the status or the type shows that the answer isn't what was
 * requested. */
static bool is_unwanted(const struct chutes__invoke_answer *answer)
{
    const char *type = answer->request->content_type;

    if (answer->accept != NULL) {
        return !chutes__media_type_is_accepted(answer->accept, type);
    }
    return (answer->refuses_reports &&
            answer->request->http_status == ACCEPTED) ||
           (answer->refuses_pages &&
            chutes__html_is(type, chutes__slice_of("")));
}

chutes_status chutes__invoke_answer_head(struct chutes__invoke_answer *answer)
{
    const struct chutes__request *request = answer->request;
    const chutes_invoke_head head = {
        .http_status = request->http_status,
        .content_type = request->content_type,
        .content_length =
            chutes__header_list_count(&request->headers, "Content-Length"),
    };
    chutes_status status =
        chutes__invoke_resume_read_head(&answer->resume, answer->request);

    if (status != CHUTES_OK) {
        return status;
    }
    if (answer->resume.at == 0 && answer->received > 0) {
        clear(answer); /* all of the file will be sent again */
    }
    answer->is_unwanted = is_unwanted(answer);
    answer->progress.so_far.to_receive =
        answer->resume.at == 0 ? head.content_length : answer->resume.total;
    answer->may_be_report = answer->refuses_reports;
    if (answer->is_unwanted || answer->on_head == NULL ||
        answer->on_head(&head, answer->user_data) == 0) {
        return CHUTES_OK;
    }
    return chutes__fail_status(chutes__request_error(answer->request),
                               CHUTES_ERR_CANCELLED);
}

/* Stores the beginning of an answer that isn't what was requested, which is
 * enough for a message. */
static chutes_status store_unwanted(struct chutes__invoke_answer *answer,
                                    const char *bytes, size_t len)
{
    if (len > answer->max_unwanted - answer->bytes.len) {
        chutes__transfer_complete(answer->request->transfer);
    }
    return store_beginning(answer, bytes, len);
}

/* Keeps the last bytes of an answer, which may not be stored in memory. */
static void keep_tail(struct chutes__invoke_answer *answer, const char *bytes,
                      size_t len)
{
    size_t added = len < sizeof(answer->tail) ? len : sizeof(answer->tail);
    size_t room = sizeof(answer->tail) - added;
    size_t kept = answer->tail_len < room ? answer->tail_len : room;

    memmove(answer->tail, answer->tail + answer->tail_len - kept, kept);
    memcpy(answer->tail + kept, bytes + len - added, added);
    answer->tail_len = kept + added;
}

static chutes_status pass_on(struct chutes__invoke_answer *answer,
                             const char *bytes, size_t len)
{
    chutes__request_commit(answer->request);
    return answer->on_data(bytes, len, answer->user_data) == 0
               ? CHUTES_OK
               : CHUTES_ERR_CANCELLED;
}

static chutes_status put(struct chutes__invoke_answer *answer,
                         const char *bytes, size_t len)
{
    chutes_error *error = chutes__request_error(answer->request);
    chutes_status status;

    if (len > answer->limit - answer->received && !answer->is_unwanted) {
        return chutes__fail_limit(error, "the answer", answer->limit_name,
                                  answer->limit);
    }
    answer->received += len;
    keep_tail(answer, bytes, len);
    if (answer->is_unwanted) {
        status = store_unwanted(answer, bytes, len);
    } else if (chutes__invoke_answer_has_file(answer)) {
        return write_file(answer, bytes, len);
    } else if (answer->on_data != NULL) {
        status = pass_on(answer, bytes, len);
    } else {
        status = chutes__buf_append(&answer->bytes, bytes, len);
    }
    /* Don't use `error`, which may be outdated: a callback may have made the
     * request store its error elsewhere. */
    return status == CHUTES_OK
               ? status
               : chutes__fail_status(chutes__request_error(answer->request),
                                     status);
}

chutes_status chutes__invoke_answer_add(struct chutes__invoke_answer *answer,
                                        const char *bytes, size_t len)
{
    chutes_status status = put(answer, bytes, len);

    if (status != CHUTES_OK || answer->is_unwanted) {
        return status;
    }
    answer->progress.so_far.received = answer->received;
    return chutes__invoke_progress_tell(&answer->progress)
               ? CHUTES_OK
               : chutes__fail_status(chutes__request_error(answer->request),
                                     CHUTES_ERR_CANCELLED);
}
