/* SPDX-License-Identifier: MIT */
/*
 * The part of the configuration that is sent as header lines.
 */
#include "client/config.h"

#include <chutes/version.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "client/header_array.h"
#include "request/header.h"

/* Notes that a header of the caller replaces the one that the library would
 * send. */
static void note_replaced(struct chutes__config *config, const char *text)
{
    const struct chutes__slice name = chutes__slice_of(text);

    if (chutes__slice_is_nocase(name, "User-Agent")) {
        config->user_agent = NULL;
    } else if (chutes__slice_is_nocase(name, "Accept")) {
        config->sends_accept = false;
    } else if (chutes__slice_is_nocase(name, "traceparent")) {
        config->sends_trace = false;
    } else if (chutes__slice_is_nocase(name, "Authorization") ||
               chutes__slice_is_nocase(name, "X-API-Key")) {
        config->sends_auth = false;
    }
}

static chutes_status resolve_lines(struct chutes__config *config,
                                   chutes_error *error)
{
    static const char *const refused[] = {NULL};
    const chutes_client_options *options = &config->options;
    const struct chutes__params_array array = {"header", options->headers,
                                               options->header_count,
                                               options->header_size};
    const char **lines;
    chutes_status status = chutes__header_array_write(
        &array, refused, &config->arena, &lines, error);

    if (status != CHUTES_OK) {
        return status;
    }
    for (size_t i = 0; i < array.count; i++) {
        const chutes_header *header = chutes__params_array_at(&array, i);

        note_replaced(config, header->name);
    }
    config->headers = lines;
    config->header_count = array.count;
    return CHUTES_OK;
}

static chutes_status resolve_user_agent(struct chutes__config *config,
                                        chutes_error *error)
{
    const char *extra = config->options.user_agent;
    struct chutes__buf line;
    chutes_status status;

    if (extra != NULL && !chutes__header_value_is_valid(extra)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "user_agent has bytes other than tab and printable "
                            "ASCII");
    }
    chutes__buf_init(&line, SIZE_MAX / 4);
    status = chutes__buf_appendf(&line, "User-Agent: libchutes/%s%s%s",
                                 CHUTES_VERSION, extra != NULL ? " " : "",
                                 extra != NULL ? extra : "");
    if (status == CHUTES_OK) {
        config->user_agent =
            chutes__arena_dup(&config->arena, chutes__buf_slice(&line));
    }
    chutes__buf_dispose(&line);
    return config->user_agent != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

chutes_status chutes__config_resolve_headers(struct chutes__config *config,
                                             chutes_error *error)
{
    chutes_status status = resolve_user_agent(config, error);

    return status == CHUTES_OK ? resolve_lines(config, error) : status;
}
