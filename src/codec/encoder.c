/* SPDX-License-Identifier: MIT */
/* What all request encoders share: the place of the current field, for error
 * messages, and arrays of structs from callers with older or newer headers. */
#include "codec/encoder.h"

#include "base/count.h"
#include "base/error.h"
#include "base/slice.h"
#include "json/escape.h"

#include <string.h>

enum {
    NAME_MAX_LEN = 64,         /* OpenAI's limit, for tools and schemas */
    MAX_ELEMENT_SIZE = 1 << 16 /* a larger size can only be garbage */
};

/* Describes the failure: "messages[2].parts[0].url is …". */
static chutes_status describe_invalid(const struct chutes__encoder *encoder,
                                      chutes_error *error)
{
    const char *field = encoder->writer.failed_field;
    const char *reason = encoder->writer.reason;
    /* The name is empty if the element itself is invalid. */
    const char *dot = *field == '\0' ? "" : ".";

    if (encoder->list == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s %s", field,
                            reason);
    }
    if (encoder->sublist == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s[%zu]%s%s %s", encoder->list, encoder->index,
                            dot, field, reason);
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "%s[%zu].%s[%zu]%s%s %s", encoder->list, encoder->index,
                        encoder->sublist, encoder->subindex, dot, field,
                        reason);
}

static void describe_failure(const struct chutes__encoder *encoder,
                             chutes_status status, size_t limit,
                             chutes_error *error)
{
    if (status == CHUTES_ERR_INVALID_ARGUMENT) {
        describe_invalid(encoder, error);
    } else if (status == CHUTES_ERR_TOO_LARGE) {
        chutes__fail_limit(error, "the request", "max_request_bytes", limit);
    } else if (status == CHUTES_ERR_MISUSE) {
        chutes__fail(error, status,
                     "the parameters changed while they were read");
    } else {
        chutes__fail_status(error, status);
    }
}

/* The first pass of the writer. */
static void measure(struct chutes__encoder *encoder, chutes__encode_fn encode,
                    const void *params, size_t max_depth)
{
    memset(encoder, 0, sizeof(*encoder));
    chutes__json_measure(&encoder->writer, max_depth);
    encode(encoder, params);
}

chutes_status chutes__encoder_run(chutes__encode_fn encode, const void *params,
                                  size_t max_depth, struct chutes__buf *body,
                                  chutes_error *error)
{
    struct chutes__encoder encoder;
    chutes_status status;

    measure(&encoder, encode, params, max_depth);
    status = chutes__json_reserve(&encoder.writer, body);
    if (status == CHUTES_OK) {
        encode(&encoder, params);
        status = chutes__json_writer_finish(&encoder.writer, body);
    }
    if (status != CHUTES_OK) {
        describe_failure(&encoder, status, body->limit, error);
    }
    return status;
}

chutes_status chutes__encoder_try(chutes__encode_fn encode, const void *params,
                                  size_t max_depth, size_t limit,
                                  chutes_error *error)
{
    struct chutes__encoder encoder;
    chutes_status status;

    measure(&encoder, encode, params, max_depth);
    status = encoder.writer.status;
    if (status == CHUTES_OK && encoder.writer.size > limit) {
        status = CHUTES_ERR_TOO_LARGE;
    }
    if (status != CHUTES_OK) {
        describe_failure(&encoder, status, limit, error);
    }
    return status;
}

bool chutes__encoder_refuse(struct chutes__encoder *encoder, const char *field,
                            const char *reason)
{
    chutes__json_writer_fail(&encoder->writer, CHUTES_ERR_INVALID_ARGUMENT,
                             field, reason);
    return false;
}

bool chutes__encoder_doubt(struct chutes__encoder *encoder, const char *field,
                           const char *reason)
{
    return encoder->skips_validation ||
           chutes__encoder_refuse(encoder, field, reason);
}

bool chutes__encoder_require(struct chutes__encoder *encoder, const char *text,
                             const char *field)
{
    if (text == NULL) {
        return chutes__encoder_refuse(encoder, field, "must not be NULL");
    }
    if (*text == '\0') {
        return chutes__encoder_refuse(encoder, field, "must not be empty");
    }
    return true;
}

bool chutes__encoder_require_key(struct chutes__encoder *encoder,
                                 const char *key, const char *field)
{
    uint64_t size = 0;

    if (!chutes__encoder_require(encoder, key, field)) {
        return false;
    }
    if (!chutes__json_measure_text(key, &size)) {
        return chutes__encoder_refuse(encoder, field, "is not valid UTF-8");
    }
    return size == strlen(key) ||
           chutes__encoder_refuse(encoder, field,
                                  "must have no quotes, backslashes or control "
                                  "characters");
}

bool chutes__encoder_require_name(struct chutes__encoder *encoder,
                                  const char *name, const char *field)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len;

    if (!chutes__encoder_require(encoder, name, field)) {
        return false;
    }
    len = strspn(name, allowed);
    if (name[len] != '\0' || len > NAME_MAX_LEN) {
        return chutes__encoder_doubt(
            encoder, field, "must be 1 to 64 letters, digits, '_' or '-'");
    }
    return true;
}

void chutes__encoder_add(struct chutes__encoder *encoder, const char *field,
                         const char *text)
{
    if (text != NULL) {
        chutes__json_add_string(&encoder->writer, field, text, field);
    }
}

static bool has_known_scheme(const char *url)
{
    static const char *const schemes[] = {"https://", "http://", "data:"};
    /* A data URL is long, so only its start is measured. */
    const struct chutes__slice start = {url, strnlen(url, sizeof("https://"))};

    for (size_t i = 0; i < CHUTES__COUNT(schemes); i++) {
        if (chutes__slice_starts_with_nocase(start, schemes[i]) &&
            start.len > strlen(schemes[i])) {
            return true;
        }
    }
    return false;
}

void chutes__encoder_add_url(struct chutes__encoder *encoder, const char *field,
                             const char *url)
{
    if (url != NULL && !has_known_scheme(url)) {
        chutes__encoder_doubt(encoder, field,
                              "must be an http, https or data URL");
    }
    chutes__encoder_add(encoder, field, url);
}

void chutes__encoder_add_flag(struct chutes__encoder *encoder, const char *key,
                              const char *field, int flag)
{
    if (flag == CHUTES_UNSET) {
        return;
    }
    if (flag != 0 && flag != 1) {
        chutes__encoder_refuse(encoder, field, "must be 0 or 1");
    }
    chutes__json_add_bool(&encoder->writer, key, flag != 0);
}

void chutes__encoder_add_natural(struct chutes__encoder *encoder,
                                 const char *field, int64_t number)
{
    if (number == CHUTES_UNSET) {
        return;
    }
    if (number < 1) {
        chutes__encoder_refuse(encoder, field, "must be 1 or more");
    }
    chutes__json_add_int(&encoder->writer, field, number);
}

void chutes__encoder_add_list_as(struct chutes__encoder *encoder,
                                 const char *key, const char *field,
                                 const char *const *texts, size_t first,
                                 size_t count)
{
    if (texts == NULL) {
        chutes__encoder_refuse(encoder, field, "must not be NULL");
        return;
    }
    if (chutes__encoder_failed(encoder)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, key);
    encoder->list = field;
    for (size_t i = first; i < first + count; i++) {
        encoder->index = i;
        if (chutes__encoder_require(encoder, texts[i], "")) {
            chutes__json_add_string(&encoder->writer, NULL, texts[i], "");
        }
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_array(&encoder->writer);
    encoder->list = NULL;
}

void chutes__encoder_add_tokens(struct chutes__encoder *encoder,
                                const char *field, const int64_t *tokens,
                                size_t count)
{
    if (count == 0) {
        return;
    }
    if (tokens == NULL) {
        chutes__encoder_refuse(encoder, field, "must not be NULL");
        return;
    }
    if (chutes__encoder_failed(encoder)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, field);
    encoder->list = field;
    for (size_t i = 0; i < count; i++) {
        encoder->index = i;
        if (tokens[i] < 0 &&
            !chutes__encoder_doubt(encoder, "", "must be 0 or more")) {
            return;
        }
        chutes__json_add_int(&encoder->writer, NULL, tokens[i]);
    }
    chutes__json_close_array(&encoder->writer);
    encoder->list = NULL;
}

static void add_token_list(struct chutes__encoder *encoder, const char *key,
                           const chutes_tokens *tokens)
{
    if (tokens->count == 0 || tokens->ids == NULL) {
        chutes__encoder_refuse(encoder, "ids",
                               tokens->count == 0 ? "must not be empty"
                                                  : "must not be NULL");
        return;
    }
    chutes__json_open_array(&encoder->writer, key);
    encoder->sublist = "ids";
    for (size_t i = 0; i < tokens->count; i++) {
        encoder->subindex = i;
        if (tokens->ids[i] < 0 &&
            !chutes__encoder_doubt(encoder, "", "must be 0 or more")) {
            return;
        }
        chutes__json_add_int(&encoder->writer, NULL, tokens->ids[i]);
    }
    chutes__json_close_array(&encoder->writer);
    encoder->sublist = NULL;
}

void chutes__encoder_add_token_lists(struct chutes__encoder *encoder,
                                     const char *key, const char *field,
                                     const chutes_tokens *lists, size_t first,
                                     size_t count)
{
    if (chutes__encoder_failed(encoder)) {
        return;
    }
    encoder->list = field;
    if (count > 1) {
        chutes__json_open_array(&encoder->writer, key);
        key = NULL;
    }
    for (size_t i = first; i < first + count; i++) {
        encoder->index = i;
        add_token_list(encoder, key, &lists[i]);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    if (count > 1) {
        chutes__json_close_array(&encoder->writer);
    }
    encoder->list = NULL;
}

bool chutes__stride_is_valid(const struct chutes__stride *stride)
{
    return stride->size >= stride->size_min && stride->size <= MAX_ELEMENT_SIZE;
}

bool chutes__encoder_check(struct chutes__encoder *encoder,
                           const struct chutes__stride *stride)
{
    if (chutes__encoder_failed(encoder)) {
        return false;
    }
    if (stride->array == NULL) {
        return chutes__encoder_refuse(encoder, stride->field,
                                      "must not be NULL");
    }
    if (!chutes__stride_is_valid(stride)) {
        return chutes__encoder_refuse(encoder, stride->size_field,
                                      "must be the size of one element");
    }
    return true;
}

void chutes__stride_copy(const struct chutes__stride *stride, size_t index,
                         void *element, size_t size)
{
    const unsigned char *from = stride->array;
    size_t known = stride->size < size ? stride->size : size;

    memset(element, 0, size);
    memcpy(element, from + index * stride->size, known);
}
