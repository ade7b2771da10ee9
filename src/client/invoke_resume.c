/* SPDX-License-Identifier: MIT */
/*
 * Continues a download after its connection was lost.
 */
#include "client/invoke_resume.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

enum { PARTIAL_CONTENT = 206, ADDED_LINES = 2 };

#define IF_RANGE "If-Range: "

/* libcurl doesn't send a header that has no value. */
static const char NO_RANGE[] = "Range:";
static const char NO_IF_RANGE[] = "If-Range:";

chutes_status chutes__invoke_resume_init(
    struct chutes__invoke_resume *resume, const chutes_invoke_params *params,
    struct chutes__request_options *options, chutes_error *error)
{
    size_t count = options->header_count;

    if (params->resume == 0) {
        return CHUTES_OK;
    }
    if (params->output_path == NULL || strcmp(options->method, "GET") != 0) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "resume needs output_path and the method GET");
    }
    resume->lines = chutes__arena_alloc(options->arena, count + ADDED_LINES,
                                        sizeof(*resume->lines));
    if (resume->lines == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        resume->lines[i] = options->headers[i];
    }
    resume->lines[count] = NO_RANGE;
    resume->lines[count + 1] = NO_IF_RANGE;
    resume->count = count;
    options->headers = resume->lines;
    options->header_count = count + ADDED_LINES;
    return CHUTES_OK;
}

bool chutes__invoke_resume_can(const struct chutes__invoke_resume *resume,
                               size_t received)
{
    return resume->if_range != NULL && received > 0 &&
           (uint64_t)resume->total > received;
}

void chutes__invoke_resume_set(struct chutes__invoke_resume *resume,
                               size_t received)
{
    bool can_resume = chutes__invoke_resume_can(resume, received);

    resume->at = can_resume ? received : 0;
    if (resume->lines == NULL) {
        return;
    }
    (void)snprintf(resume->range, sizeof(resume->range), "Range: bytes=%zu-",
                   received);
    resume->lines[resume->count] = can_resume ? resume->range : NO_RANGE;
    resume->lines[resume->count + 1] =
        can_resume ? resume->if_range : NO_IF_RANGE;
}

/* ---- the head ------------------------------------------------------------ */

/* Returns what If-Range may contain, or NULL: a strong ETag or, if there is no
 * ETag, the time of the last change, unless the file may have changed again
 * within that second (RFC 9110, 8.8.2.2 and 13.1.5). */
static const char *find_validator(const struct chutes__request *request)
{
    const char *etag = chutes__header_list_find(&request->headers, "ETag");
    const char *changed =
        chutes__header_list_find(&request->headers, "Last-Modified");
    const char *date = chutes__header_list_find(&request->headers, "Date");

    if (etag != NULL) {
        return etag[0] == '"' ? etag : NULL;
    }
    return changed != NULL && date != NULL && strcmp(changed, date) != 0
               ? changed
               : NULL;
}

/* Notes the length and version of the file. If memory runs out, the download
 * just can't be continued. */
static void note_file(struct chutes__invoke_resume *resume,
                      const struct chutes__request *request)
{
    const char *validator = find_validator(request);
    struct chutes__buf line;

    resume->if_range = NULL;
    resume->total =
        chutes__header_list_count(&request->headers, "Content-Length");
    if (validator == NULL || resume->total < 0) {
        return;
    }
    chutes__buf_init(&line, SIZE_MAX);
    if (chutes__buf_appendf(&line, IF_RANGE "%s", validator) == CHUTES_OK) {
        resume->if_range =
            chutes__arena_dup(request->options.arena, chutes__buf_slice(&line));
    }
    chutes__buf_dispose(&line);
}

/* Returns true if the server sends a part of another version of the file: some
 * servers ignore If-Range. */
static bool is_another_file(const struct chutes__invoke_resume *resume,
                            const struct chutes__request *request)
{
    const char *validator = find_validator(request);

    return validator != NULL &&
           strcmp(validator, resume->if_range + strlen(IF_RANGE)) != 0;
}

/* Returns true for "bytes AT-LAST/TOTAL", where LAST is the last byte of the
 * file. */
static bool is_the_rest(const struct chutes__invoke_resume *resume,
                        const char *range)
{
    char want[80];

    (void)snprintf(want, sizeof(want), "bytes %zu-%lld/%lld", resume->at,
                   (long long)resume->total - 1, (long long)resume->total);
    return range != NULL && strcmp(range, want) == 0;
}

chutes_status
chutes__invoke_resume_read_head(struct chutes__invoke_resume *resume,
                                struct chutes__request *request)
{
    const char *range;

    if (resume->lines == NULL) {
        return CHUTES_OK;
    }
    /* The server sends the whole file, from its beginning. */
    if (resume->at == 0 || request->http_status != PARTIAL_CONTENT) {
        resume->at = 0;
        note_file(resume, request);
        return CHUTES_OK;
    }
    if (is_another_file(resume, request)) {
        return chutes__fail(chutes__request_error(request), CHUTES_ERR_PROTOCOL,
                            "the file has changed since its first %zu bytes "
                            "were received",
                            resume->at);
    }
    range = chutes__header_list_find(&request->headers, "Content-Range");
    return is_the_rest(resume, range)
               ? CHUTES_OK
               : chutes__fail(chutes__request_error(request),
                              CHUTES_ERR_PROTOCOL,
                              "Content-Range: %.100s, but the bytes from %zu "
                              "to the end of %lld were requested",
                              range != NULL ? range : "missing", resume->at,
                              (long long)resume->total);
}
