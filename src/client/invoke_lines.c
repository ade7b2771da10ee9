/* SPDX-License-Identifier: MIT */
/*
 * The header lines that only a request to any chute has.
 */
#include "client/invoke_lines.h"

#include "base/buf.h"
#include "base/error.h"
#include "client/header_array.h"
#include "request/header.h"

/* Checks the value and stores the header line in *line, in the arena. */
static chutes_status write_line(struct chutes__arena *arena, const char *field,
                                const char *name, const char *value,
                                const char **line, chutes_error *error)
{
    struct chutes__buf text;
    chutes_status status;

    if (!chutes__header_value_is_valid(value)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s has bytes other than tab and printable ASCII",
                            field);
    }
    chutes__buf_init(&text, SIZE_MAX);
    status = chutes__buf_appendf(&text, "%s: %s", name, value);
    *line = status == CHUTES_OK
                ? chutes__arena_dup(arena, chutes__buf_slice(&text))
                : NULL;
    chutes__buf_dispose(&text);
    return *line != NULL ? CHUTES_OK
                         : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* Stores the Content-Type line. libcurl would send a type even without a body;
 * a name without a value removes the header. */
static chutes_status write_type(const chutes_invoke_params *params,
                                struct chutes__arena *arena, const char **line,
                                chutes_error *error)
{
    const char *type = params->content_type;

    if (params->json != NULL) {
        *line = NULL;
        return CHUTES_OK;
    }
    if (params->body == NULL && params->body_path == NULL &&
        params->read_body == NULL) {
        *line = "Content-Type:"; /* parts write their own later */
        return CHUTES_OK;
    }
    return write_line(arena, "content_type", "Content-Type",
                      type != NULL ? type : "application/octet-stream", line,
                      error);
}

static chutes_status write_others(const chutes_invoke_params *params,
                                  struct chutes__request_options *options,
                                  chutes_error *error)
{
    /* The headers for which there are parameters or options of the client. */
    static const char *const refused[] = {
        "Accept", "Authorization", "Proxy-Authorization", "X-API-Key", NULL};
    const struct chutes__params_array array = {
        "header", params->headers, params->header_count, params->header_size};
    const char **lines = NULL;
    chutes_status status = chutes__header_array_write(
        &array, refused, options->arena, &lines, error);

    options->headers = lines;
    options->header_count = params->header_count;
    return status;
}

chutes_status chutes__invoke_lines(const chutes_invoke_params *params,
                                   struct chutes__request_options *options,
                                   chutes_error *error)
{
    chutes_status status =
        write_type(params, options->arena, &options->body_type, error);

    if (status == CHUTES_OK) {
        status = write_line(options->arena, "accept", "Accept",
                            params->accept != NULL ? params->accept : "*/*",
                            &options->accept, error);
    }
    return status == CHUTES_OK ? write_others(params, options, error) : status;
}
