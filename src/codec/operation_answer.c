/* SPDX-License-Identifier: MIT */
/* Reads the state of an operation, as Chutes' API describes it. */
#include "codec/operation_answer.h"

#include <math.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "codec/elements.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/reference.h"
#include "codec/timestamp.h"
#include "codec/usage.h"

/* Real operations have a handful. More could exhaust memory: an element of two
 * bytes becomes a whole struct. */
enum { MAX_ARTIFACTS = 1024 };

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

enum result_field { RESULT_ARTIFACTS, RESULT_DATA, RESULT_COUNT };

static const struct chutes__slice RESULT_NAMES[RESULT_COUNT] = {
    [RESULT_ARTIFACTS] = CHUTES__FIELD("artifacts"),
    [RESULT_DATA] = CHUTES__FIELD("data"),
};

enum artifact_field {
    ARTIFACT_KIND,
    ARTIFACT_CONTENT_TYPE,
    ARTIFACT_SIZE_BYTES,
    ARTIFACT_EXPIRES_AT,
    ARTIFACT_AVAILABLE,
    ARTIFACT_URL,
    ARTIFACT_COUNT
};

static const struct chutes__slice ARTIFACT_NAMES[ARTIFACT_COUNT] = {
    [ARTIFACT_KIND] = CHUTES__FIELD("kind"),
    [ARTIFACT_CONTENT_TYPE] = CHUTES__FIELD("content_type"),
    [ARTIFACT_SIZE_BYTES] = CHUTES__FIELD("size_bytes"),
    [ARTIFACT_EXPIRES_AT] = CHUTES__FIELD("expires_at"),
    [ARTIFACT_AVAILABLE] = CHUTES__FIELD("available"),
    [ARTIFACT_URL] = CHUTES__FIELD("url"),
};

enum error_field { ERROR_CODE, ERROR_MESSAGE, ERROR_RETRYABLE, ERROR_COUNT };

static const struct chutes__slice ERROR_NAMES[ERROR_COUNT] = {
    [ERROR_CODE] = CHUTES__FIELD("code"),
    [ERROR_MESSAGE] = CHUTES__FIELD("message"),
    [ERROR_RETRYABLE] = CHUTES__FIELD("retryable"),
};

/* Stores a copy, or "" if the value is not a string. Returns false if memory
 * runs out. */
static bool keep_text(const struct chutes__json_value *value,
                      struct chutes__arena *arena, const char **text)
{
    *text = value->type == CHUTES__JSON_STRING
                ? chutes__json_dup_string(value, arena, NULL)
                : "";
    return *text != NULL;
}

/* Does the same for a URL, which may be a reference. */
static bool keep_url(const struct chutes__json_value *value, const char *base,
                     struct chutes__arena *arena, const char **url)
{
    if (!keep_text(value, arena, url)) {
        return false;
    }
    *url = chutes__reference_resolve(arena, base, chutes__slice_of(*url));
    return *url != NULL;
}

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

/* ---- the result ---------------------------------------------------------- */

static bool keep_artifact(struct chutes__json_reader *reader, const char *base,
                          struct chutes__arena *arena,
                          chutes_artifact *artifact)
{
    struct chutes__json_value values[ARTIFACT_COUNT];

    (void)chutes__fields_read(ARTIFACT_NAMES, ARTIFACT_COUNT, reader, values);
    artifact->size_bytes = chutes__usage_count(&values[ARTIFACT_SIZE_BYTES]);
    artifact->available = values[ARTIFACT_AVAILABLE].type != CHUTES__JSON_FALSE;
    if (values[ARTIFACT_EXPIRES_AT].type != CHUTES__JSON_STRING ||
        !chutes__timestamp_read(values[ARTIFACT_EXPIRES_AT].text,
                                &artifact->expires_at)) {
        artifact->expires_at = -1;
    }
    return keep_text(&values[ARTIFACT_KIND], arena, &artifact->kind) &&
           keep_text(&values[ARTIFACT_CONTENT_TYPE], arena,
                     &artifact->content_type) &&
           keep_url(&values[ARTIFACT_URL], base, arena, &artifact->url);
}

static chutes_status keep_artifacts(const struct chutes__json_value *list,
                                    const char *base,
                                    struct chutes__arena *arena,
                                    chutes_operation *operation,
                                    chutes_error *error)
{
    size_t count = list->type == CHUTES__JSON_ARRAY
                       ? chutes__elements_count(list->text)
                       : 0;
    const chutes_artifact **pointers;
    chutes_artifact *artifacts;
    struct chutes__json_reader reader;

    if (count > MAX_ARTIFACTS) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "the operation has more than %d artifacts",
                            MAX_ARTIFACTS);
    }
    pointers = chutes__arena_alloc(arena, count + 1, sizeof(*pointers));
    artifacts = chutes__arena_alloc(arena, count + 1, sizeof(*artifacts));
    if (pointers == NULL || artifacts == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    operation->artifacts = pointers;
    if (count == 0) {
        return CHUTES_OK;
    }
    chutes__elements_open(&reader, list->text);
    while (chutes__json_next_element(&reader)) {
        if (!keep_artifact(&reader, base, arena,
                           &artifacts[operation->artifact_count])) {
            return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        }
        pointers[operation->artifact_count] =
            &artifacts[operation->artifact_count];
        operation->artifact_count++;
    }
    return CHUTES_OK;
}

/* Returns a value as JSON. The text of a string excludes its quotes, so this
 * adds them. */
static struct chutes__slice json_of(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING
               ? (struct chutes__slice){value->text.data - 1,
                                        value->text.len + 2}
               : value->text;
}

static chutes_status keep_result(const struct chutes__json_value *result,
                                 const char *base, struct chutes__arena *arena,
                                 chutes_operation *operation,
                                 chutes_error *error)
{
    struct chutes__json_value values[RESULT_COUNT];
    const struct chutes__json_value *data = &values[RESULT_DATA];

    (void)chutes__fields_of(result, RESULT_NAMES, RESULT_COUNT, values);
    if (data->type != CHUTES__JSON_NONE && data->type != CHUTES__JSON_NULL) {
        const struct chutes__slice json = json_of(data);

        operation->data = chutes__arena_dup(arena, json);
        operation->data_len = json.len;
        if (operation->data == NULL) {
            return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        }
    }
    return keep_artifacts(&values[RESULT_ARTIFACTS], base, arena, operation,
                          error);
}

/* ---- the whole ----------------------------------------------------------- */

static bool keep_texts(const struct chutes__json_value *values,
                       const char *base, struct chutes__arena *arena,
                       chutes_operation *operation)
{
    struct chutes__json_value error[ERROR_COUNT];

    (void)chutes__fields_of(&values[OPERATION_ERROR], ERROR_NAMES, ERROR_COUNT,
                            error);
    operation->is_retryable = error[ERROR_RETRYABLE].type == CHUTES__JSON_TRUE;
    return keep_text(&values[OPERATION_ID], arena, &operation->id) &&
           keep_text(&values[OPERATION_STATUS], arena, &operation->status) &&
           keep_url(&values[OPERATION_STATUS_URL], base, arena,
                    &operation->url) &&
           keep_text(&error[ERROR_CODE], arena, &operation->error_code) &&
           keep_text(&error[ERROR_MESSAGE], arena, &operation->error_message);
}

chutes_status chutes__decode_operation(struct chutes__slice text,
                                       size_t max_depth, const char *base,
                                       struct chutes__arena *arena,
                                       chutes_operation *operation,
                                       chutes_error *error)
{
    struct chutes__json_value values[OPERATION_COUNT];
    struct chutes__json_reader reader;

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
    if (!keep_texts(values, base, arena, operation)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
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
    return keep_result(&values[OPERATION_RESULT], base, arena, operation,
                       error);
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
