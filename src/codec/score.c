/* SPDX-License-Identifier: MIT */
/* Scores texts against a query. vLLM and SGLang serve two different things
 * under the same path. */
#include <chutes/score.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/indexed.h"
#include "codec/score_rows.h"

CHUTES__ASSERT_ENDPOINT(chutes_score_params, chutes_score_response, raw_json);

void chutes_score_params_init(chutes_score_params *params, size_t size)
{
    static const chutes_score_params DEFAULTS = {
        .apply_softmax = CHUTES_UNSET,
        .item_first = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* ---- the request --------------------------------------------------------- */

static void add_labels(struct chutes__encoder *encoder,
                       const chutes_score_params *params)
{
    if (params->label_token_count == 0) {
        chutes__encoder_refuse(encoder, "label_token_ids", "must not be empty");
    }
    chutes__encoder_add_tokens(encoder, "label_token_ids",
                               params->label_token_ids,
                               params->label_token_count);
    chutes__encoder_add_flag(encoder, "apply_softmax", "apply_softmax",
                             params->apply_softmax);
    chutes__encoder_add_flag(encoder, "item_first", "item_first",
                             params->item_first);
}

static void refuse_without_labels(struct chutes__encoder *encoder, int flag,
                                  const char *field)
{
    if (flag != CHUTES_UNSET) {
        chutes__encoder_refuse(encoder, field, "needs label_token_ids");
    }
}

static void add(struct chutes__encoder *encoder, const void *of_score)
{
    const chutes_score_params *params = of_score;
    bool has_labels =
        params->label_token_ids != NULL || params->label_token_count > 0;

    if (chutes__encoder_require(encoder, params->query, "query")) {
        chutes__json_add_string(&encoder->writer,
                                has_labels ? "query" : "text_1", params->query,
                                "query");
    }
    if (params->text_count == 0) {
        chutes__encoder_refuse(encoder, "texts", "must not be empty");
    }
    chutes__encoder_add_list_as(encoder, has_labels ? "items" : "text_2",
                                "texts", params->texts, 0, params->text_count);
    if (has_labels) {
        add_labels(encoder, params);
    } else {
        refuse_without_labels(encoder, params->apply_softmax, "apply_softmax");
        refuse_without_labels(encoder, params->item_first, "item_first");
    }
}

/* ---- the answer ------------------------------------------------------- */

enum top_field { TOP_DATA, TOP_SCORES, TOP_MODEL, TOP_USAGE, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_DATA] = CHUTES__FIELD("data"),
    [TOP_SCORES] = CHUTES__FIELD("scores"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
};

enum entry_field { ENTRY_INDEX, ENTRY_SCORE, ENTRY_COUNT };

static const struct chutes__slice ENTRY_NAMES[ENTRY_COUNT] = {
    [ENTRY_INDEX] = CHUTES__FIELD("index"),
    [ENTRY_SCORE] = CHUTES__FIELD("score"),
};

/* An answer with too few entries fails at its end. No scores are allocated for
 * it, so that memory stays in proportion to what was received. */
static chutes_status read_data(const struct chutes__json_value *value,
                               struct chutes__arena *arena, size_t count,
                               double **scores, chutes_error *error)
{
    struct chutes__indexed list = {
        .list = "data", .inputs = "texts", .sent = count, .error = error};
    struct chutes__json_value entry[ENTRY_COUNT];
    struct chutes__json_reader reader;
    chutes_status status = chutes__indexed_open(&list, value, arena, &reader);
    double score = 0;
    size_t index;

    if (status == CHUTES_OK && list.total == count) {
        *scores = chutes__arena_alloc(arena, count, sizeof(**scores));
        status = *scores != NULL
                     ? CHUTES_OK
                     : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        status = chutes__indexed_read(&list, &reader, ENTRY_NAMES, ENTRY_COUNT,
                                      entry, &index);
        if (status == CHUTES_OK) {
            status = chutes__indexed_read_number(&list, &entry[ENTRY_SCORE],
                                                 "score", &score);
        }
        if (status == CHUTES_OK && *scores != NULL) {
            (*scores)[index] = score;
        }
        list.count++;
    }
    return status == CHUTES_OK ? chutes__indexed_finish(&list, count) : status;
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_score, chutes_error *error)
{
    const chutes_score_params *params = answer->params;
    chutes_score_response *response = of_score;
    bool has_labels = params->label_token_count > 0;
    size_t width = has_labels ? params->label_token_count : 1;
    struct chutes__json_value values[TOP_COUNT];
    struct chutes__json_value whole;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);
    double *scores = NULL;

    if (status != CHUTES_OK) {
        return status;
    }
    chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values);
    status =
        has_labels
            ? chutes__score_rows_read(&values[TOP_SCORES], answer->arena,
                                      params->text_count, width, &scores, error)
            : read_data(&values[TOP_DATA], answer->arena, params->text_count,
                        &scores, error);
    if (status != CHUTES_OK) {
        return status;
    }
    response->scores = scores;
    response->text_count = params->text_count;
    response->label_count = width;
    return chutes__endpoint_keep_origin(&values[TOP_MODEL], answer->arena,
                                        &response->model, &response->usage,
                                        error);
}

const struct chutes__endpoint chutes__score_endpoint = {
    .path = "score",
    .response_size = sizeof(chutes_score_response),
    .usage_at = offsetof(chutes_score_response, usage),
    .model_at = offsetof(chutes_score_response, model),
    .add = add,
    .decode = decode,
};
