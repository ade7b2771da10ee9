/* SPDX-License-Identifier: MIT */
/* Chats whose answer becomes a struct. */
#include <chutes/chat_parse.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/params.h"
#include "base/slice.h"
#include "toolkit/parse_events.h"
#include "json/reader.h"

#include <stdio.h>

/* What a call consists of. The results are the caller's; `error` never NULL. */
struct parse {
    chutes_client *client;
    const chutes_schema *schema;
    chutes_chat_params params;
    chutes_chat_parse_options options;
    struct chutes__parse_events events; /* zeroed without on_json */
    char *json_schema;
    void **value;
    chutes_chat_response *response;
    chutes_error *error;
};

/* ---- the text of an answer ----------------------------------------------- */

/* Removes what models put around JSON: ```json … ```. */
static struct chutes__slice strip(const char *content, size_t len)
{
    struct chutes__slice text =
        chutes__slice_trim_text((struct chutes__slice){content, len});
    const char *line_end;

    if (text.len < 6 || !chutes__slice_starts_with(text, "```") ||
        !chutes__slice_ends_with(text, "```")) {
        return text;
    }
    line_end = memchr(text.data, '\n', text.len);
    if (line_end == NULL) {
        return text;
    }
    text.len -= (size_t)(line_end - text.data) + 3;
    text.data = line_end;
    return chutes__slice_trim_text(text);
}

const char *chutes_chat_response_json(const chutes_chat_response *response,
                                      size_t *len)
{
    struct chutes__slice text;

    *len = 0;
    if (response == NULL || response->choice_count == 0 ||
        response->choices[0]->content == NULL) {
        return NULL;
    }
    text =
        strip(response->choices[0]->content, response->choices[0]->content_len);
    if (!chutes__json_is_valid(text.data, text.len, CHUTES__JSON_MAX_DEPTH)) {
        return NULL;
    }
    *len = text.len;
    return text.data;
}

/* ---- judging an answer --------------------------------------------------- */

static chutes_status refuse(chutes_error *error, const char *reason)
{
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", reason);
}

/* Fails after an answer came. */
static chutes_status fail_answer(const chutes_chat_response *response,
                                 chutes_error *error, chutes_status status,
                                 const char *message)
{
    const chutes_response_info *info = response->info;

    error->outcome = CHUTES_OUTCOME_ANSWERED;
    error->http_status = info->http_status;
    error->attempts = info->attempts;
    chutes__error_copy(error->request_id, sizeof(error->request_id),
                       info->request_id, strlen(info->request_id));
    return chutes__fail(error, status, "%s", message);
}

/* Returns why a choice can't have the whole JSON, and sets the status; NULL: it
 * may have it. */
static const char *find_reason(const chutes_chat_choice *choice,
                               chutes_status *status)
{
    *status = CHUTES_ERR_MISMATCH;
    if (choice->refusal != NULL) {
        *status = CHUTES_ERR_REFUSED;
        return "the model refused to answer";
    }
    if (chutes_chat_choice_is_filtered(choice)) {
        *status = CHUTES_ERR_FILTERED;
        return "a content filter stopped the answer";
    }
    if (chutes_chat_choice_is_cut(choice)) {
        *status = CHUTES_ERR_TOKEN_LIMIT;
        return "the answer reached the limit of tokens, so its JSON is cut off";
    }
    if (choice->content == NULL) {
        return choice->tool_call_count > 0
                   ? "the model calls a tool and sends no JSON"
                   : "the answer has no text";
    }
    return NULL;
}

static chutes_status read_answer(const chutes_chat_response *response,
                                 const chutes_schema *schema, void **value,
                                 chutes_error *error)
{
    const chutes_chat_choice *choice;
    struct chutes__slice text;
    chutes_status status;
    const char *reason;
    chutes_error own;

    if (response->choice_count == 0) {
        return fail_answer(response, error, CHUTES_ERR_MISMATCH,
                           "the answer has no choice");
    }
    choice = response->choices[0];
    reason = find_reason(choice, &status);
    if (reason != NULL) {
        return fail_answer(response, error, status, reason);
    }
    text = strip(choice->content, choice->content_len);
    status = chutes_schema_decode(schema, text.data, text.len, value, &own);
    return status == CHUTES_OK
               ? status
               : fail_answer(response, error, status, own.message);
}

chutes_status chutes_chat_response_parse(const chutes_chat_response *response,
                                         const chutes_schema *schema,
                                         void **value, chutes_error *error)
{
    chutes_error unwanted;

    error = error != NULL ? error : &unwanted;
    chutes__error_clear(error);
    if (value == NULL) {
        return refuse(error, "value must not be NULL");
    }
    *value = NULL;
    if (response == NULL || schema == NULL) {
        return refuse(error, response == NULL ? "response must not be NULL"
                                              : "schema must not be NULL");
    }
    if (!response->complete) {
        return fail_answer(response, error, CHUTES_ERR_TRUNCATED,
                           "the answer is not complete");
    }
    return read_answer(response, schema, value, error);
}

/* ---- one request --------------------------------------------------------- */

static chutes_status ask(struct parse *parse)
{
    chutes_status status;

    chutes_chat_response_free(parse->response);
    parse->response = NULL;
    status = chutes_chat(parse->client, &parse->params, &parse->response,
                         parse->error);
    /* The events stop the stream then, which looks like a cancel. */
    if (parse->events.status == CHUTES_ERR_NO_MEMORY) {
        status = chutes__fail_status(parse->error, CHUTES_ERR_NO_MEMORY);
    }
    return status == CHUTES_OK ? read_answer(parse->response, parse->schema,
                                             parse->value, parse->error)
                               : status;
}

/* ---- the second request -------------------------------------------------- */

static chutes_status report_restart(struct parse *parse)
{
    const chutes_chat_event event = {.type = CHUTES_CHAT_EVENT_RESTART,
                                     .choice_index = -1,
                                     .text = "",
                                     .raw_json = ""};

    if (parse->params.on_event != NULL &&
        parse->params.on_event(&event, parse->params.user_data) != 0) {
        return fail_answer(parse->response, parse->error, CHUTES_ERR_CANCELLED,
                           "cancelled by on_event");
    }
    return CHUTES_OK;
}

/* Stores a message in an array whose elements may be larger or smaller. */
static void put_message(char *at, size_t size, const chutes_message *message)
{
    memset(at, 0, size);
    memcpy(at, message, size < sizeof(*message) ? size : sizeof(*message));
}

static chutes_status ask_again(struct parse *parse)
{
    static const char format[] =
        "Your answer does not fit the JSON Schema: %s\nAnswer again, with "
        "JSON that fits, and nothing else.";
    const chutes_chat_choice *choice = parse->response->choices[0];
    char wish[sizeof(format) + sizeof(parse->error->message)];
    chutes_message answer = chutes_assistant(choice->content);
    chutes_message complaint = chutes_user(wish);
    chutes_chat_response *first = parse->response;
    size_t size = parse->params.message_size;
    size_t count = parse->params.message_count;
    chutes_status status = report_restart(parse);
    char *messages;

    if (status != CHUTES_OK) {
        return status;
    }
    /* No overflow: the first request had an array of almost this size. */
    messages = chutes__mem_alloc((count + 2) * size);
    if (messages == NULL) {
        return fail_answer(parse->response, parse->error, CHUTES_ERR_NO_MEMORY,
                           chutes_status_string(CHUTES_ERR_NO_MEMORY));
    }
    snprintf(wish, sizeof(wish), format, parse->error->message);
    memcpy(messages, parse->params.messages, count * size);
    put_message(messages + count * size, size, &answer);
    put_message(messages + (count + 1) * size, size, &complaint);
    parse->params.messages = (const void *)messages;
    parse->params.message_count = count + 2;
    parse->response = NULL; /* the text of the message is in it */
    status = ask(parse);
    chutes_chat_response_free(first);
    chutes__mem_free(messages);
    return status;
}

/* ---- one call ------------------------------------------------------------ */

static chutes_status prepare(struct parse *parse,
                             const chutes_chat_params *params)
{
    chutes_chat_params *own = &parse->params;
    chutes_status status;

    *own = chutes_chat_params_default();
    status = chutes__params_copy(own, sizeof(*own), params, sizeof(size_t),
                                 "params", parse->error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (own->json_schema != NULL) {
        return refuse(parse->error, "json_schema must be NULL");
    }
    if (own->response_format != NULL &&
        strcmp(own->response_format, "json_schema") != 0) {
        return refuse(parse->error,
                      "response_format must be NULL or \"json_schema\"");
    }
    if (own->accumulate == 0) {
        return refuse(parse->error, "accumulate must be 1");
    }
    if (own->json_schema_name == NULL) {
        own->json_schema_name = parse->schema->name;
    }
    if (own->json_schema_strict == CHUTES_UNSET) {
        own->json_schema_strict = 1;
    }
    own->json_schema = parse->json_schema;
    return CHUTES_OK;
}

static chutes_status read_options(struct parse *parse,
                                  const chutes_chat_parse_options *options)
{
    chutes_chat_parse_options *own = &parse->options;

    *own = chutes_chat_parse_options_default();
    if (options == NULL) {
        return CHUTES_OK;
    }
    if (options->struct_size < sizeof(*own)) {
        return refuse(parse->error, "options.struct_size must be set by "
                                    "chutes_chat_parse_options_default()");
    }
    memcpy(own, options, sizeof(*own));
    return CHUTES_OK;
}

static const char *find_null(const chutes_client *client,
                             const chutes_chat_params *params,
                             const chutes_schema *schema)
{
    return client == NULL   ? "client must not be NULL"
           : params == NULL ? "params must not be NULL"
           : schema == NULL ? "schema must not be NULL"
                            : NULL;
}

static chutes_status ask_with_repair(struct parse *parse)
{
    chutes_status status = ask(parse);
    bool has_text = parse->response != NULL &&
                    parse->response->choice_count > 0 &&
                    parse->response->choices[0]->content != NULL;

    return status == CHUTES_ERR_MISMATCH && has_text ? ask_again(parse)
                                                     : status;
}

static chutes_status ask_as_told(struct parse *parse)
{
    const chutes_chat_parse_options *options = &parse->options;

    if (options->on_json != NULL &&
        chutes__parse_events_open(&parse->events, options, &parse->params) !=
            CHUTES_OK) {
        return chutes__fail_status(parse->error, CHUTES_ERR_NO_MEMORY);
    }
    return options->may_repair != 0 ? ask_with_repair(parse) : ask(parse);
}

static chutes_status run(struct parse *parse, const chutes_chat_params *params,
                         const chutes_chat_parse_options *options)
{
    const char *null;
    chutes_status status;

    chutes__error_clear(parse->error);
    if (parse->value == NULL) {
        return refuse(parse->error, "value must not be NULL");
    }
    *parse->value = NULL;
    null = find_null(parse->client, params, parse->schema);
    if (null != NULL) {
        return refuse(parse->error, null);
    }
    status = read_options(parse, options);
    if (status == CHUTES_OK) {
        status = chutes_schema_json(parse->schema, &parse->json_schema,
                                    parse->error);
    }
    if (status == CHUTES_OK) {
        status = prepare(parse, params);
    }
    return status == CHUTES_OK ? ask_as_told(parse) : status;
}

chutes_status
chutes_chat_parse_with(chutes_client *client, const chutes_chat_params *params,
                       const chutes_schema *schema,
                       const chutes_chat_parse_options *options, void **value,
                       chutes_chat_response **response, chutes_error *error)
{
    chutes_error unwanted;
    struct parse parse = {.client = client,
                          .schema = schema,
                          .value = value,
                          .error = error != NULL ? error : &unwanted};
    chutes_status status = run(&parse, params, options);

    chutes__parse_events_dispose(&parse.events);
    chutes_string_free(parse.json_schema);
    if (response != NULL) {
        *response = parse.response;
    } else {
        chutes_chat_response_free(parse.response);
    }
    return status;
}

chutes_status chutes_chat_parse(chutes_client *client,
                                const chutes_chat_params *params,
                                const chutes_schema *schema, void **value,
                                chutes_chat_response **response,
                                chutes_error *error)
{
    return chutes_chat_parse_with(client, params, schema, NULL, value, response,
                                  error);
}

chutes_status chutes_chat_parse_or_repair(chutes_client *client,
                                          const chutes_chat_params *params,
                                          const chutes_schema *schema,
                                          void **value,
                                          chutes_chat_response **response,
                                          chutes_error *error)
{
    chutes_chat_parse_options options = chutes_chat_parse_options_default();

    options.may_repair = 1;
    return chutes_chat_parse_with(client, params, schema, &options, value,
                                  response, error);
}

void chutes_chat_parse_options_init(chutes_chat_parse_options *options,
                                    size_t size)
{
    if (options != NULL && size >= sizeof(size)) {
        memset(options, 0, size);
        options->struct_size = size;
    }
}
