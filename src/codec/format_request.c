/* SPDX-License-Identifier: MIT */
/* Encodes the parameters that constrain the form of the answer: a response
 * format, or a pattern, grammar or list of texts to match. */
#include "codec/encoder.h"

#include <string.h>

#include "base/count.h"

/* Servers require a name, although most ignore it. */
static const char DEFAULT_SCHEMA_NAME[] = "answer";

/* Refuses fields that have no effect without a json_schema. */
static void refuse_json_schema(struct chutes__encoder *encoder,
                               const chutes_chat_params *params)
{
    static const char reason[] = "needs response_format json_schema";

    if (params->json_schema_name != NULL) {
        chutes__encoder_refuse(encoder, "json_schema_name", reason);
    }
    if (params->json_schema != NULL) {
        chutes__encoder_refuse(encoder, "json_schema", reason);
    }
    if (params->json_schema_description != NULL) {
        chutes__encoder_refuse(encoder, "json_schema_description", reason);
    }
    if (params->json_schema_strict != CHUTES_UNSET) {
        chutes__encoder_refuse(encoder, "json_schema_strict", reason);
    }
}

static void add_json_schema(struct chutes__encoder *encoder,
                            const chutes_chat_params *params)
{
    const char *name = params->json_schema_name;

    if (name == NULL && params->json_schema != NULL) {
        name = DEFAULT_SCHEMA_NAME;
    }
    if (!chutes__encoder_require_name(encoder, name, "json_schema_name") ||
        !chutes__encoder_require(encoder, params->json_schema, "json_schema")) {
        return;
    }
    chutes__json_open_object(&encoder->writer, "json_schema");
    chutes__encoder_add(encoder, "name", name);
    if (params->json_schema_description != NULL) {
        chutes__json_add_string(&encoder->writer, "description",
                                params->json_schema_description,
                                "json_schema_description");
    }
    chutes__json_add_raw(&encoder->writer, "schema", params->json_schema,
                         CHUTES__JSON_OBJECT, "json_schema");
    chutes__encoder_add_flag(encoder, "strict", "json_schema_strict",
                             params->json_schema_strict);
    chutes__json_close_object(&encoder->writer);
}

/* Returns the response format, or NULL if none was set. A schema implies
 * json_schema. */
static const char *choose_format(const chutes_chat_params *params)
{
    return params->response_format == NULL && params->json_schema != NULL
               ? "json_schema"
               : params->response_format;
}

static void add_response_format(struct chutes__encoder *encoder,
                                const chutes_chat_params *params)
{
    const char *type = choose_format(params);
    bool is_schema = type != NULL && strcmp(type, "json_schema") == 0;

    if (!is_schema) {
        refuse_json_schema(encoder, params);
    }
    if (type == NULL) {
        return;
    }
    if (!is_schema && strcmp(type, "text") != 0 &&
        strcmp(type, "json_object") != 0) {
        chutes__encoder_doubt(encoder, "response_format",
                              "must be text, json_object or json_schema");
    }
    chutes__json_open_object(&encoder->writer, "response_format");
    chutes__encoder_add(encoder, "type", type);
    if (is_schema) {
        add_json_schema(encoder, params);
    }
    chutes__json_close_object(&encoder->writer);
}

/* Adds the constraints under vLLM's names, and under those of SGLang. */
static void add_structured_outputs(struct chutes__encoder *encoder,
                                   const chutes_chat_params *params)
{
    static const struct {
        const char *field;
        const char *key;
        const char *sglang_key;
    } rows[] = {{"structured_regex", "regex", "regex"},
                {"structured_grammar", "grammar", "ebnf"}};
    const char *const texts[] = {params->structured_regex,
                                 params->structured_grammar};

    chutes__json_open_object(&encoder->writer, "structured_outputs");
    for (size_t i = 0; i < 2; i++) {
        if (texts[i] != NULL &&
            chutes__encoder_require(encoder, texts[i], rows[i].field)) {
            chutes__json_add_string(&encoder->writer, rows[i].key, texts[i],
                                    rows[i].field);
        }
    }
    if (params->structured_choice_count > 0) {
        chutes__encoder_add_list_as(encoder, "choice", "structured_choices",
                                    params->structured_choices, 0,
                                    params->structured_choice_count);
    }
    chutes__json_close_object(&encoder->writer);
    for (size_t i = 0; i < 2; i++) {
        if (texts[i] != NULL) {
            chutes__json_add_string(&encoder->writer, rows[i].sglang_key,
                                    texts[i], rows[i].field);
        }
    }
}

/* vLLM rejects two constraints. */
static void check_constraints(struct chutes__encoder *encoder,
                              const chutes_chat_params *params)
{
    const char *format = choose_format(params);
    bool has_format = format != NULL && strcmp(format, "text") != 0;
    const struct {
        const char *field;
        bool is_set;
    } rows[] = {
        {"response_format", has_format},
        {"structured_regex", params->structured_regex != NULL},
        {"structured_grammar", params->structured_grammar != NULL},
        {"structured_choices", params->structured_choice_count > 0},
        {"structural_tag", params->structural_tag != NULL},
    };
    bool has_earlier = false;

    for (size_t i = 0; i < CHUTES__COUNT(rows); i++) {
        if (rows[i].is_set && has_earlier) {
            chutes__encoder_doubt(encoder, rows[i].field,
                                  "excludes other constraints on the answer");
        }
        has_earlier = has_earlier || rows[i].is_set;
    }
}

void chutes__encode_format(struct chutes__encoder *encoder,
                           const chutes_chat_params *params)
{
    check_constraints(encoder, params);
    add_response_format(encoder, params);
    if (params->structured_regex != NULL ||
        params->structured_grammar != NULL ||
        params->structured_choice_count > 0) {
        add_structured_outputs(encoder, params);
    }
    if (params->structural_tag == NULL) {
        return;
    }
    if (choose_format(params) != NULL) {
        /* Both would be sent under the same name. */
        chutes__encoder_refuse(encoder, "structural_tag",
                               "excludes response_format");
    }
    chutes__json_add_raw(&encoder->writer, "response_format",
                         params->structural_tag, CHUTES__JSON_OBJECT,
                         "structural_tag");
}
