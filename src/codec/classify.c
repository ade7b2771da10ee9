/* SPDX-License-Identifier: MIT */
/* Classifies texts, as vLLM and SGLang do. */
#include <chutes/classify.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/elements.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/indexed.h"

CHUTES__ASSERT_ENDPOINT(chutes_classify_params, chutes_classify_response,
                        raw_json);

void chutes_classify_params_init(chutes_classify_params *params, size_t size)
{
    static const chutes_classify_params DEFAULTS = {.model = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

static void add(struct chutes__encoder *encoder, const void *of_classify)
{
    const chutes_classify_params *params = of_classify;

    if (params->input_count == 0) {
        chutes__encoder_refuse(encoder, "input", "must not be empty");
    }
    chutes__encoder_add_list(encoder, "input", params->input, 0,
                             params->input_count);
}

/* ---- a class ------------------------------------------------------------- */

enum entry_field { ENTRY_INDEX, ENTRY_LABEL, ENTRY_PROBS, ENTRY_COUNT };

static const struct chutes__slice ENTRY_NAMES[ENTRY_COUNT] = {
    [ENTRY_INDEX] = CHUTES__FIELD("index"),
    [ENTRY_LABEL] = CHUTES__FIELD("label"),
    [ENTRY_PROBS] = CHUTES__FIELD("probs"),
};

static chutes_status read_probabilities(const struct chutes__indexed *list,
                                        const struct chutes__json_value *value,
                                        struct chutes__arena *arena,
                                        chutes_classify_result *result)
{
    static const char complaint[] =
        ".probs: missing, or not an array of finite numbers";
    struct chutes__json_value number;
    struct chutes__json_reader reader;
    double *numbers;

    if (value->type == CHUTES__JSON_ARRAY) {
        result->class_count = chutes__elements_count(value->text);
    }
    if (result->class_count == 0) {
        return chutes__indexed_refuse(list, complaint);
    }
    numbers = chutes__arena_alloc(arena, result->class_count, sizeof(*numbers));
    if (numbers == NULL) {
        return chutes__fail_status(list->error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__elements_open(&reader, value->text);
    for (size_t i = 0; chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &number);
        if (!chutes__endpoint_to_number(&number, &numbers[i])) {
            return chutes__indexed_refuse(list, complaint);
        }
        result->best = numbers[i] > numbers[result->best] ? i : result->best;
    }
    result->probabilities = numbers;
    return CHUTES_OK;
}

/* Stores the entry at the place among the results that its index names. */
static chutes_status read_entry(struct chutes__indexed *list,
                                struct chutes__json_reader *reader,
                                struct chutes__arena *arena,
                                chutes_classify_result *const *results)
{
    struct chutes__json_value values[ENTRY_COUNT];
    size_t index;
    chutes_status status = chutes__indexed_read(list, reader, ENTRY_NAMES,
                                                ENTRY_COUNT, values, &index);

    if (status != CHUTES_OK) {
        return status;
    }
    status =
        read_probabilities(list, &values[ENTRY_PROBS], arena, results[index]);
    return status == CHUTES_OK
               ? chutes__endpoint_keep_text(&values[ENTRY_LABEL], arena,
                                            &results[index]->label, list->error)
               : status;
}

/* ---- the answer ---------------------------------------------------------- */

enum top_field { TOP_DATA, TOP_MODEL, TOP_USAGE, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_DATA] = CHUTES__FIELD("data"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
};

static chutes_status read_data(struct chutes__indexed *list,
                               const struct chutes__json_value *value,
                               struct chutes__arena *arena,
                               chutes_classify_response *response)
{
    chutes_classify_result **results;
    struct chutes__json_reader reader;
    chutes_status status = chutes__indexed_open(list, value, arena, &reader);

    if (status != CHUTES_OK) {
        return status;
    }
    results = chutes__arena_alloc_list(arena, list->sent, sizeof(**results));
    if (results == NULL) {
        return chutes__fail_status(list->error, CHUTES_ERR_NO_MEMORY);
    }
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        status = read_entry(list, &reader, arena, results);
        list->count++;
    }
    response->results = (const chutes_classify_result *const *)results;
    response->result_count = list->sent;
    return status == CHUTES_OK ? chutes__indexed_finish(list, list->sent)
                               : status;
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_classify, chutes_error *error)
{
    const chutes_classify_params *params = answer->params;
    chutes_classify_response *response = of_classify;
    struct chutes__indexed list = {.list = "data",
                                   .inputs = "inputs",
                                   .sent = params->input_count,
                                   .error = error};
    struct chutes__json_value values[TOP_COUNT];
    struct chutes__json_value whole;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status == CHUTES_OK) {
        chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values);
        status = read_data(&list, &values[TOP_DATA], answer->arena, response);
    }
    return status == CHUTES_OK
               ? chutes__endpoint_keep_origin(&values[TOP_MODEL], answer->arena,
                                              &response->model,
                                              &response->usage, error)
               : status;
}

const struct chutes__endpoint chutes__classify_endpoint = {
    .path = "classify",
    .is_at_root = true,
    .response_size = sizeof(chutes_classify_response),
    .usage_at = offsetof(chutes_classify_response, usage),
    .model_at = offsetof(chutes_classify_response, model),
    .add = add,
    .decode = decode,
};
