/* SPDX-License-Identifier: MIT */
/* Reads what the answers of several endpoints have in common. */
#include "codec/endpoint_answer.h"

#include <math.h>

#include "base/error.h"
#include "codec/api_error.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

chutes_status
chutes__endpoint_check_error(const struct chutes__endpoint_answer *answer,
                             chutes_error *error)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("error")};
    struct chutes__json_value member;
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, answer->text, answer->len,
                              answer->max_depth);
    if (!chutes__fields_read(names, 1, &reader, &member) ||
        !chutes__value_is_error(&member)) {
        return CHUTES_OK;
    }
    (void)chutes__api_error_read(answer->text, answer->len, true, error);
    error->status = CHUTES_ERR_STREAM;
    return CHUTES_ERR_STREAM;
}

chutes_status
chutes__endpoint_read(const struct chutes__endpoint_answer *answer,
                      struct chutes__json_value *whole, chutes_error *error)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, answer->text, answer->len,
                              answer->max_depth);
    chutes__json_read(&reader, whole);
    return chutes__json_finish(&reader)
               ? chutes__endpoint_check_error(answer, error)
               : chutes__fault_report(&reader, error);
}

chutes_status chutes__endpoint_keep_text(const struct chutes__json_value *value,
                                         struct chutes__arena *arena,
                                         const char **text, chutes_error *error)
{
    *text = value->type == CHUTES__JSON_STRING
                ? chutes__json_dup_string(value, arena, NULL)
                : "";
    return *text != NULL ? CHUTES_OK
                         : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

chutes_status
chutes__endpoint_keep_usage(const struct chutes__json_value *value,
                            struct chutes__arena *arena,
                            const chutes_usage **usage, chutes_error *error)
{
    chutes_usage read;
    chutes_usage *kept;
    bool is_odd;

    *usage = NULL;
    if (!chutes__usage_read(value, &read, &is_odd)) {
        return CHUTES_OK;
    }
    kept = chutes__arena_alloc(arena, 1, sizeof(*kept));
    if (kept == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *kept = read;
    *usage = kept;
    return CHUTES_OK;
}

chutes_status
chutes__endpoint_keep_origin(const struct chutes__json_value *values,
                             struct chutes__arena *arena, const char **model,
                             const chutes_usage **usage, chutes_error *error)
{
    chutes_status status =
        chutes__endpoint_keep_text(&values[0], arena, model, error);

    return status == CHUTES_OK
               ? chutes__endpoint_keep_usage(&values[1], arena, usage, error)
               : status;
}

bool chutes__endpoint_to_number(const struct chutes__json_value *value,
                                double *number)
{
    return chutes__json_to_double(value, number) && isfinite(*number);
}

bool chutes__endpoint_is_text(const struct chutes__endpoint_answer *answer)
{
    const struct chutes__slice type = chutes__slice_of(
        answer->content_type != NULL ? answer->content_type : "");

    return chutes__slice_starts_with_nocase(type, "text/") &&
           !chutes__slice_starts_with_nocase(type, "text/html");
}

chutes_status
chutes__endpoint_check_whole(const struct chutes__endpoint_answer *answer,
                             chutes_error *error)
{
    return answer->is_whole
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_TRUNCATED,
                              "nothing marks the end of the text, after %zu "
                              "bytes: it may have been cut off",
                              answer->len);
}
