/* SPDX-License-Identifier: MIT */
/*
 * The part of the configuration that is sent as header lines.
 */
#include "client/config.h"

#include <string.h>

#include <chutes/version.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "client/params.h"
#include "request/header.h"

CHUTES__ASSERT_NO_TAIL(chutes_header, value);

/* More than anybody needs, but small enough to reject a count that was never
 * initialised. */
enum { MOST_HEADERS = 1024 };

/* Only the library sets the headers that frame a message or name its coding. */
static bool is_reserved_header(const char *name)
{
    static const char *const reserved[] = {"Accept-Encoding",
                                           "Connection",
                                           "Content-Encoding",
                                           "Content-Length",
                                           "Content-Type",
                                           "Expect",
                                           "Host",
                                           "TE",
                                           "Trailer",
                                           "Upgrade",
                                           "Transfer-Encoding"};

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (chutes__slice_is_nocase(chutes__slice_of(name), reserved[i])) {
            return true;
        }
    }
    return false;
}

static chutes_status check_header(const chutes_header *header, size_t index,
                                  chutes_error *error)
{
    const char *what = NULL;

    if (header->name == NULL || !chutes__header_name_is_valid(header->name)) {
        what = "name is not a header name";
    } else if (is_reserved_header(header->name)) {
        what = "name is one that the library sets itself";
    } else if (header->value != NULL &&
               !chutes__header_value_is_valid(header->value)) {
        what = "value has bytes other than tab and printable ASCII";
    }
    if (what == NULL) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "headers[%zu].%s",
                        index, what);
}

/* Returns the line in libcurl's syntax: "Name: value", "Name;" if the value is
 * empty or blank, or "Name:" if it is NULL, which removes the header that
 * libcurl would send. NULL: out of memory. */
static const char *make_line(struct chutes__config *config,
                             const chutes_header *header)
{
    size_t name_len = strlen(header->name);
    size_t value_len = header->value != NULL ? strlen(header->value) : 0;
    char *line = chutes__arena_alloc(&config->arena, 1,
                                     name_len + value_len + sizeof(": "));

    if (line == NULL) {
        return NULL;
    }
    memcpy(line, header->name, name_len);
    if (value_len == 0 || header->value[strspn(header->value, " \t")] == '\0') {
        line[name_len] = header->value != NULL ? ';' : ':';
        return line;
    }
    line[name_len] = ':';
    line[name_len + 1] = ' ';
    memcpy(line + name_len + 2, header->value, value_len);
    return line;
}

/* A header of the caller's replaces the one that the library would send. */
static void note_replaced(struct chutes__config *config, const char *text)
{
    const struct chutes__slice name = chutes__slice_of(text);

    if (chutes__slice_is_nocase(name, "User-Agent")) {
        config->user_agent = NULL;
    } else if (chutes__slice_is_nocase(name, "Accept")) {
        config->sends_accept = false;
    } else if (chutes__slice_is_nocase(name, "Authorization") ||
               chutes__slice_is_nocase(name, "X-API-Key")) {
        config->sends_auth = false;
    }
}

static chutes_status check_list(const chutes_client_options *options,
                                chutes_error *error)
{
    if (options->header_count > 0 && options->headers == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "headers must not be NULL when header_count is "
                            "set");
    }
    if (options->header_count > 0 &&
        options->header_size < sizeof(chutes_header)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "header_size is wrong: start from its _default() "
                            "function");
    }
    if (options->header_count > MOST_HEADERS) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "header_count must be at most %d", MOST_HEADERS);
    }
    return CHUTES_OK;
}

static chutes_status resolve_lines(struct chutes__config *config,
                                   chutes_error *error)
{
    const chutes_client_options *options = &config->options;
    const char **lines;
    chutes_status status = check_list(options, error);

    if (status != CHUTES_OK) {
        return status;
    }
    lines = chutes__arena_alloc(&config->arena, options->header_count + 1,
                                sizeof(*lines));
    if (lines == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    config->headers = lines;
    for (size_t i = 0; i < options->header_count; i++) {
        /* The caller's struct may be longer than ours, so step by its size. */
        const chutes_header *header =
            (const void *)((const char *)options->headers +
                           i * options->header_size);

        status = check_header(header, i, error);
        if (status != CHUTES_OK) {
            return status;
        }
        note_replaced(config, header->name);
        lines[config->header_count] = make_line(config, header);
        if (lines[config->header_count] == NULL) {
            return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        }
        config->header_count++;
    }
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
        config->user_agent = chutes__arena_dup(
            &config->arena, (struct chutes__slice){line.data, line.len});
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
