/* SPDX-License-Identifier: MIT */
/* Reads the state of an operation, as Chutes' API describes it. */
#include "codec/operation_answer.h"

#include <math.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "codec/endpoint_answer.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/operation_result.h"

enum operation_field {
    OPERATION_ID,
    OPERATION_STATUS,
    OPERATION_STATUS_URL,
    OPERATION_FINISHED_AT,
    OPERATION_PROGRESS,
    OPERATION_RESULT,
    OPERATION_ERROR,
    OPERATION_COUNT
};

static const struct chutes__slice OPERATION_NAMES[OPERATION_COUNT] = {
    [OPERATION_ID] = CHUTES__FIELD("id"),
    [OPERATION_STATUS] = CHUTES__FIELD("status"),
    [OPERATION_STATUS_URL] = CHUTES__FIELD("status_url"),
    [OPERATION_FINISHED_AT] = CHUTES__FIELD("finished_at"),
    [OPERATION_PROGRESS] = CHUTES__FIELD("progress"),
    [OPERATION_RESULT] = CHUTES__FIELD("result"),
    [OPERATION_ERROR] = CHUTES__FIELD("error"),
};

enum error_field { ERROR_CODE, ERROR_MESSAGE, ERROR_RETRYABLE, ERROR_COUNT };

static const struct chutes__slice ERROR_NAMES[ERROR_COUNT] = {
    [ERROR_CODE] = CHUTES__FIELD("code"),
    [ERROR_MESSAGE] = CHUTES__FIELD("message"),
    [ERROR_RETRYABLE] = CHUTES__FIELD("retryable"),
};

static chutes_operation_state find_state(const char *status)
{
    static const struct {
        const char *status;
        chutes_operation_state state;
    } known[] = {
        {"pending", CHUTES_OPERATION_PENDING},
        {"submitted", CHUTES_OPERATION_SUBMITTED},
        {"running", CHUTES_OPERATION_RUNNING},
        {"succeeded", CHUTES_OPERATION_SUCCEEDED},
        {"failed", CHUTES_OPERATION_FAILED},
        {"cancelled", CHUTES_OPERATION_CANCELLED},
        {"expired", CHUTES_OPERATION_EXPIRED},
    };

    for (size_t i = 0; i < CHUTES__COUNT(known); i++) {
        if (chutes__slice_is(chutes__slice_of(status), known[i].status)) {
            return known[i].state;
        }
    }
    return CHUTES_OPERATION_UNKNOWN;
}

static chutes_status keep_texts(const struct chutes__json_value *values,
                                const char *base, struct chutes__arena *arena,
                                chutes_operation *operation,
                                chutes_error *error)
{
    struct chutes__json_value fault[ERROR_COUNT];
    const struct {
        const struct chutes__json_value *value;
        const char **text;
    } texts[] = {
        {&values[OPERATION_ID], &operation->id},
        {&values[OPERATION_STATUS], &operation->status},
        {&fault[ERROR_CODE], &operation->error_code},
        {&fault[ERROR_MESSAGE], &operation->error_message},
    };
    chutes_status status = chutes__operation_keep_url(
        &values[OPERATION_STATUS_URL], base, arena, &operation->url, error);

    (void)chutes__fields_of(&values[OPERATION_ERROR], ERROR_NAMES, ERROR_COUNT,
                            fault);
    operation->is_retryable = fault[ERROR_RETRYABLE].type == CHUTES__JSON_TRUE;
    for (size_t i = 0; i < CHUTES__COUNT(texts) && status == CHUTES_OK; i++) {
        status = chutes__endpoint_keep_text(texts[i].value, arena,
                                            texts[i].text, error);
    }
    return status;
}

chutes_status chutes__decode_operation(struct chutes__slice text,
                                       size_t max_depth, const char *base,
                                       struct chutes__arena *arena,
                                       chutes_operation *operation,
                                       chutes_error *error)
{
    struct chutes__json_value values[OPERATION_COUNT];
    struct chutes__json_reader reader;
    chutes_status status;

    *operation = (chutes_operation){.progress = -1};
    chutes__json_init_lenient(&reader, text.data, text.len, max_depth);
    (void)chutes__fields_read(OPERATION_NAMES, OPERATION_COUNT, &reader,
                              values);
    if (!chutes__json_finish(&reader)) {
        return chutes__fault_report(&reader, error);
    }
    if (values[OPERATION_STATUS].type != CHUTES__JSON_STRING) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer has no status of an operation");
    }
    status = keep_texts(values, base, arena, operation, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (!chutes__json_to_double(&values[OPERATION_PROGRESS],
                                &operation->progress) ||
        !isfinite(operation->progress)) {
        operation->progress = -1;
    }
    operation->state = find_state(operation->status);
    operation->is_over =
        operation->state >= CHUTES_OPERATION_SUCCEEDED ||
        values[OPERATION_FINISHED_AT].type == CHUTES__JSON_STRING;
    return chutes__operation_read_result(&values[OPERATION_RESULT], base, arena,
                                         operation, error);
}

chutes_status chutes__operation_judge(const chutes_operation *operation,
                                      chutes_error *error)
{
    const char *code = operation->error_code[0] != '\0' ? operation->error_code
                                                        : operation->status;
    const char *reason = operation->error_message;

    if (!operation->is_over || operation->state == CHUTES_OPERATION_SUCCEEDED) {
        return CHUTES_OK;
    }
    if (operation->state < CHUTES_OPERATION_SUCCEEDED) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the operation has finished with the status "
                            "%.100s, which is unknown",
                            operation->status);
    }
    chutes__error_copy(error->code, sizeof(error->code), code, strlen(code));
    return chutes__fail(error, CHUTES_ERR_STREAM, "the operation %s%s%.500s",
                        operation->state == CHUTES_OPERATION_FAILED ? "failed"
                        : operation->state == CHUTES_OPERATION_CANCELLED
                            ? "was cancelled"
                            : "has expired",
                        reason[0] != '\0' ? ": " : "", reason);
}

bool chutes__operation_find_url(struct chutes__slice text, size_t max_depth,
                                struct chutes__arena *arena, const char **url)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("status_url")};
    struct chutes__json_value value;
    struct chutes__json_reader reader;

    *url = NULL;
    chutes__json_init_lenient(&reader, text.data, text.len, max_depth);
    if (!chutes__fields_read(names, 1, &reader, &value) ||
        !chutes__json_finish(&reader) || value.type != CHUTES__JSON_STRING ||
        value.text.len == 0) {
        return true;
    }
    *url = chutes__json_dup_string(&value, arena, NULL);
    return *url != NULL;
}
