/* SPDX-License-Identifier: MIT */
/* Reads the data and the artifacts that an operation has produced. */
#include "codec/operation_result.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/reference.h"
#include "codec/timestamp.h"
#include "codec/usage.h"

/* Real operations have a handful. More could exhaust memory: an element of two
 * bytes becomes a whole struct. */
enum { MAX_ARTIFACTS = 1024 };

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

chutes_status chutes__operation_keep_url(const struct chutes__json_value *value,
                                         const char *base,
                                         struct chutes__arena *arena,
                                         const char **url, chutes_error *error)
{
    chutes_status status = chutes__endpoint_keep_text(value, arena, url, error);

    if (status != CHUTES_OK) {
        return status;
    }
    *url = chutes__reference_resolve(arena, base, chutes__slice_of(*url));
    return *url != NULL ? CHUTES_OK
                        : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* ---- the artifacts ------------------------------------------------------- */

static chutes_status keep_artifact(struct chutes__json_reader *reader,
                                   const char *base,
                                   struct chutes__arena *arena,
                                   chutes_artifact *artifact,
                                   chutes_error *error)
{
    struct chutes__json_value values[ARTIFACT_COUNT];
    chutes_status status;

    (void)chutes__fields_read(ARTIFACT_NAMES, ARTIFACT_COUNT, reader, values);
    artifact->size_bytes = chutes__usage_count(&values[ARTIFACT_SIZE_BYTES]);
    artifact->available = values[ARTIFACT_AVAILABLE].type != CHUTES__JSON_FALSE;
    if (values[ARTIFACT_EXPIRES_AT].type != CHUTES__JSON_STRING ||
        !chutes__timestamp_read(values[ARTIFACT_EXPIRES_AT].text,
                                &artifact->expires_at)) {
        artifact->expires_at = -1;
    }
    status = chutes__endpoint_keep_text(&values[ARTIFACT_KIND], arena,
                                        &artifact->kind, error);
    if (status == CHUTES_OK) {
        status =
            chutes__endpoint_keep_text(&values[ARTIFACT_CONTENT_TYPE], arena,
                                       &artifact->content_type, error);
    }
    return status == CHUTES_OK
               ? chutes__operation_keep_url(&values[ARTIFACT_URL], base, arena,
                                            &artifact->url, error)
               : status;
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
    chutes_artifact **artifacts;
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    if (count > MAX_ARTIFACTS) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "the operation has more than %d artifacts",
                            MAX_ARTIFACTS);
    }
    artifacts = chutes__arena_alloc_list(arena, count, sizeof(**artifacts));
    if (artifacts == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    operation->artifacts = (const chutes_artifact *const *)artifacts;
    if (count == 0) {
        return CHUTES_OK;
    }
    chutes__elements_open(&reader, list->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        status = keep_artifact(&reader, base, arena,
                               artifacts[operation->artifact_count++], error);
    }
    return status;
}

/* ---- the whole ----------------------------------------------------------- */

/* Returns a value as JSON. The text of a string excludes its quotes, so this
 * adds them. */
static struct chutes__slice json_of(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING
               ? (struct chutes__slice){value->text.data - 1,
                                        value->text.len + 2}
               : value->text;
}

chutes_status
chutes__operation_read_result(const struct chutes__json_value *result,
                              const char *base, struct chutes__arena *arena,
                              chutes_operation *operation, chutes_error *error)
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
