/* SPDX-License-Identifier: MIT */
/* Reranking: the request, which all servers understand, and the answer in the
 * forms of vLLM and Cohere (an object with `results`), Voyage (with `data`) and
 * SGLang (an array alone). */
#include <stdlib.h>

#include <chutes/rerank.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/indexed.h"

CHUTES__ASSERT_ENDPOINT(chutes_rerank_params, chutes_rerank_response, raw_json);

void chutes_rerank_params_init(chutes_rerank_params *params, size_t size)
{
    static const chutes_rerank_params DEFAULTS = {
        .top_n = CHUTES_UNSET,
        .return_documents = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* ---- the request --------------------------------------------------------- */

static void add(struct chutes__encoder *encoder, const void *of_rerank)
{
    const chutes_rerank_params *params = of_rerank;

    if (chutes__encoder_require(encoder, params->query, "query")) {
        chutes__encoder_add(encoder, "query", params->query);
    }
    if (params->document_count == 0) {
        chutes__encoder_refuse(encoder, "documents", "must not be empty");
    }
    chutes__encoder_add_list(encoder, "documents", params->documents, 0,
                             params->document_count);
    chutes__encoder_add_natural(encoder, "top_n", params->top_n);
    chutes__encoder_add_flag(encoder, "return_documents", "return_documents",
                             params->return_documents);
}

/* ---- the answer ---------------------------------------------------------- */

enum top_field { TOP_RESULTS, TOP_DATA, TOP_MODEL, TOP_USAGE, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_RESULTS] = CHUTES__FIELD("results"),
    [TOP_DATA] = CHUTES__FIELD("data"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
};

enum result_field {
    RESULT_INDEX,
    RESULT_RELEVANCE_SCORE,
    RESULT_SCORE, /* SGLang */
    RESULT_DOCUMENT,
    RESULT_COUNT
};

static const struct chutes__slice RESULT_NAMES[RESULT_COUNT] = {
    [RESULT_INDEX] = CHUTES__FIELD("index"),
    [RESULT_RELEVANCE_SCORE] = CHUTES__FIELD("relevance_score"),
    [RESULT_SCORE] = CHUTES__FIELD("score"),
    [RESULT_DOCUMENT] = CHUTES__FIELD("document"),
};

/* vLLM and Cohere send {"text":…}, SGLang sends the text alone. */
static chutes_status keep_document(const struct chutes__json_value *document,
                                   struct chutes__arena *arena,
                                   const char **text, chutes_error *error)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("text")};
    struct chutes__json_value value = *document;

    if (document->type == CHUTES__JSON_OBJECT) {
        chutes__fields_of(document, names, 1, &value);
    }
    return value.type == CHUTES__JSON_STRING
               ? chutes__endpoint_keep_text(&value, arena, text, error)
               : CHUTES_OK;
}

static chutes_status read_result(struct chutes__indexed *list,
                                 struct chutes__json_reader *reader,
                                 struct chutes__arena *arena,
                                 chutes_rerank_result *result)
{
    struct chutes__json_value values[RESULT_COUNT];
    const struct chutes__json_value *score = &values[RESULT_RELEVANCE_SCORE];
    chutes_status status = chutes__indexed_read(
        list, reader, RESULT_NAMES, RESULT_COUNT, values, &result->index);

    if (status != CHUTES_OK) {
        return status;
    }
    if (score->type == CHUTES__JSON_NONE) {
        score = &values[RESULT_SCORE];
    }
    status = chutes__indexed_read_number(list, score, "relevance_score",
                                         &result->score);
    return status == CHUTES_OK ? keep_document(&values[RESULT_DOCUMENT], arena,
                                               &result->document, list->error)
                               : status;
}

static int compare(const void *left, const void *right)
{
    const chutes_rerank_result *a = *(const chutes_rerank_result *const *)left;
    const chutes_rerank_result *b = *(const chutes_rerank_result *const *)right;

    if (a->score < b->score || a->score > b->score) {
        return a->score < b->score ? 1 : -1;
    }
    return a->index > b->index ? 1 : -1;
}

/* Returns how many results the server was asked for. */
static size_t count_wanted(const chutes_rerank_params *params)
{
    return params->top_n != CHUTES_UNSET &&
                   (uint64_t)params->top_n < params->document_count
               ? (size_t)params->top_n
               : params->document_count;
}

/* Drops results beyond those that are wanted, and fails if there are too
 * few. */
static chutes_status read_results(struct chutes__indexed *list,
                                  const struct chutes__json_value *value,
                                  struct chutes__arena *arena, size_t wanted,
                                  chutes_rerank_response *response)
{
    chutes_rerank_result **results;
    struct chutes__json_reader reader;
    chutes_status status = chutes__indexed_open(list, value, arena, &reader);

    if (status != CHUTES_OK) {
        return status;
    }
    results = chutes__arena_alloc_list(arena, list->total, sizeof(**results));
    if (results == NULL) {
        return chutes__fail_status(list->error, CHUTES_ERR_NO_MEMORY);
    }
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        status = read_result(list, &reader, arena, results[list->count]);
        list->count++;
    }
    qsort(results, list->count, sizeof(results[0]), compare);
    response->results = (const chutes_rerank_result *const *)results;
    response->result_count = list->count < wanted ? list->count : wanted;
    return status == CHUTES_OK ? chutes__indexed_finish(list, wanted) : status;
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_rerank, chutes_error *error)
{
    const chutes_rerank_params *params = answer->params;
    chutes_rerank_response *response = of_rerank;
    struct chutes__indexed list = {.list = "results",
                                   .inputs = "documents",
                                   .sent = params->document_count,
                                   .error = error};
    struct chutes__json_value whole;
    struct chutes__json_value values[TOP_COUNT];
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    if (!chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values)) {
        values[TOP_RESULTS] = whole;
    } else if (values[TOP_RESULTS].type == CHUTES__JSON_NONE) {
        values[TOP_RESULTS] = values[TOP_DATA];
    }
    status = read_results(&list, &values[TOP_RESULTS], answer->arena,
                          count_wanted(params), response);
    return status == CHUTES_OK
               ? chutes__endpoint_keep_origin(&values[TOP_MODEL], answer->arena,
                                              &response->model,
                                              &response->usage, error)
               : status;
}

const struct chutes__endpoint chutes__rerank_endpoint = {
    .path = "rerank",
    .response_size = sizeof(chutes_rerank_response),
    .usage_at = offsetof(chutes_rerank_response, usage),
    .model_at = offsetof(chutes_rerank_response, model),
    .add = add,
    .decode = decode,
};
