/* SPDX-License-Identifier: MIT */
/* Describes why an answer failed: malformed JSON, a limit, or an error that the
 * server sent within it. */
#include "chat/accumulated.h"

#include "base/error.h"
#include "codec/api_error.h"

enum {
    EXCERPT_BEFORE = 20, /* bytes shown before a fault */
    MAX_EXCERPT = 80
};

chutes_status
chutes__accumulator_fail_parse(const struct chutes__accumulator *acc,
                               chutes_status status, chutes_error *error)
{
    const struct chutes__chunk *chunk = acc->chunk;
    size_t at =
        chunk->fault_at < acc->source.len ? chunk->fault_at : acc->source.len;
    size_t begin = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
    size_t len = acc->source.len - begin;

    if (status == CHUTES_ERR_TOO_LARGE) {
        return chunk->is_deep
                   ? chutes__fail_limit(error, "the nesting of the answer",
                                        "max_json_depth",
                                        acc->options.max_json_depth)
                   : chutes__fail_limit(error, "the answer", "max_choices",
                                        acc->options.max_choices);
    }
    if (status != CHUTES_ERR_PROTOCOL) {
        return chutes__fail_status(error, status);
    }
    return chutes__fail(error, status,
                        "the answer holds malformed JSON: %s at byte %zu of "
                        "%zu, near \"%.*s\"",
                        chunk->fault, chunk->fault_at, acc->source.len,
                        (int)(len < MAX_EXCERPT ? len : MAX_EXCERPT),
                        acc->source.data + begin);
}

chutes_status chutes__accumulator_fail(const struct chutes__accumulator *acc,
                                       chutes_status status,
                                       chutes_error *error)
{
    switch (status) {
    case CHUTES_ERR_TOO_LARGE:
        return chutes__fail_limit(error, "the answer", acc->limit.option,
                                  acc->limit.value);
    case CHUTES_ERR_PROTOCOL:
        return chutes__fail(error, status,
                            "the answer has a tool call whose index is not "
                            "within 0 to 127");
    default:
        return chutes__fail_status(error, status);
    }
}

chutes_status
chutes__accumulator_fail_by_server(const struct chutes__accumulator *acc,
                                   bool is_error_event, chutes_error *error)
{
    (void)chutes__api_error_read(acc->source.data, acc->source.len,
                                 is_error_event, error);
    error->status = CHUTES_ERR_STREAM;
    return CHUTES_ERR_STREAM;
}
