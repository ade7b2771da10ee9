/* SPDX-License-Identifier: MIT */
/* Makes the calls that fuzz_client.py asks for, through the public API alone,
 * and prints how each of them ended.
 *
 * Usage: fuzz_client_driver BASE_URL KEY. Each line of standard input is
 * `KIND CHOICES`; each is answered by a line of JSON. */
#include <chutes/chutes.h>

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRACE_MS = 20, TIMEOUT_MS = 300 };

struct outcome {
    chutes_status status;
    chutes_error error;
    cJSON *answer; /* NULL: none */
};

static const char *key;

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text != NULL) {
        (void)cJSON_AddStringToObject(object, name, text);
    }
}

static cJSON *describe_call(const chutes_tool_call *call)
{
    cJSON *object = cJSON_CreateObject();

    add_text(object, "id", call->id);
    add_text(object, "name", call->name);
    add_text(object, "arguments", call->arguments);
    return object;
}

static cJSON *describe_choice(const chutes_chat_choice *choice)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *calls = cJSON_AddArrayToObject(object, "tool_calls");

    (void)cJSON_AddNumberToObject(object, "index", choice->index);
    add_text(object, "content", choice->content);
    add_text(object, "reasoning", choice->reasoning);
    add_text(object, "finish_reason", choice->finish_reason);
    for (size_t i = 0; i < choice->tool_call_count; i++) {
        (void)cJSON_AddItemToArray(calls, describe_call(choice->tool_calls[i]));
    }
    return object;
}

static void take_chat(struct outcome *outcome, chutes_chat_response *response)
{
    cJSON *choices;

    if (response == NULL) {
        return;
    }
    outcome->answer = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(outcome->answer, "complete",
                                  response->complete);
    choices = cJSON_AddArrayToObject(outcome->answer, "choices");
    for (size_t i = 0; i < response->choice_count; i++) {
        (void)cJSON_AddItemToArray(choices,
                                   describe_choice(response->choices[i]));
    }
    chutes_chat_response_free(response);
}

static chutes_chat_params params_of(int choices, const chutes_message *message)
{
    chutes_chat_params params = chutes_chat_params_default();

    params.model = "m";
    params.messages = message;
    params.message_count = 1;
    if (choices > 1) {
        params.n = choices;
    }
    return params;
}

static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

static void call_chat(chutes_client *client, chutes_chat_params *params,
                      struct outcome *outcome)
{
    chutes_chat_response *response = NULL;

    outcome->status = chutes_chat(client, params, &response, &outcome->error);
    take_chat(outcome, response);
}

static void call_iterator(chutes_client *client, chutes_chat_params *params,
                          struct outcome *outcome)
{
    const chutes_chat_event *event = NULL;
    chutes_chat_stream *stream = NULL;

    outcome->status =
        chutes_chat_stream_open(client, params, &stream, &outcome->error);
    while (outcome->status == CHUTES_OK) {
        outcome->status =
            chutes_chat_stream_next(stream, &event, &outcome->error);
        if (event == NULL) {
            break;
        }
    }
    take_chat(outcome, chutes_chat_stream_take_response(stream));
    chutes_chat_stream_close(stream);
}

static void note_done(chutes_status status, chutes_chat_response *response,
                      const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    outcome->status = status;
    if (error != NULL) {
        outcome->error = *error;
    }
    take_chat(outcome, response);
}

static void call_loop(chutes_client *client, chutes_chat_params *params,
                      struct outcome *outcome)
{
    chutes_loop *loop = NULL;

    outcome->status = chutes_loop_new(client, &loop, &outcome->error);
    if (outcome->status == CHUTES_OK) {
        outcome->status = chutes_chat_start(loop, params, note_done, outcome,
                                            NULL, &outcome->error);
    }
    if (outcome->status == CHUTES_OK) {
        (void)chutes_loop_run(loop);
    }
    chutes_loop_free(loop);
}

static void call_embed(chutes_client *client, struct outcome *outcome)
{
    const char *const input[] = {"a", "b"};
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    double sum = 0;

    params.model = "m";
    params.input = input;
    params.input_count = 2;
    outcome->status = chutes_embed(client, &params, &response, &outcome->error);
    if (outcome->status == CHUTES_OK) {
        for (size_t i = 0; i < response->count * response->dimension; i++) {
            sum += (double)response->values[i];
        }
        outcome->answer = cJSON_CreateObject();
        (void)cJSON_AddNumberToObject(outcome->answer, "dimension",
                                      (double)response->dimension);
        (void)cJSON_AddNumberToObject(outcome->answer, "sum", sum);
    }
    chutes_embed_response_free(response);
}

static void call_models(chutes_client *client, struct outcome *outcome)
{
    chutes_models_response *response = NULL;

    outcome->status =
        chutes_models_list(client, NULL, &response, &outcome->error);
    if (outcome->status == CHUTES_OK) {
        outcome->answer = cJSON_CreateObject();
        (void)cJSON_AddNumberToObject(outcome->answer, "count",
                                      (double)response->model_count);
    }
    chutes_models_response_free(response);
}

static void make_call(chutes_client *client, const char *kind, int choices,
                      struct outcome *outcome)
{
    const chutes_message message = chutes_user("Hello");
    chutes_chat_params params = params_of(choices, &message);

    if (strcmp(kind, "whole") == 0) {
        call_chat(client, &params, outcome);
    } else if (strcmp(kind, "embed") == 0) {
        call_embed(client, outcome);
    } else if (strcmp(kind, "models") == 0) {
        call_models(client, outcome);
    } else if (strcmp(kind, "iterator") == 0) {
        call_iterator(client, &params, outcome);
    } else {
        params.on_event = ignore_event;
        if (strcmp(kind, "loop") == 0) {
            call_loop(client, &params, outcome);
        } else {
            call_chat(client, &params, outcome);
        }
    }
}

/* Searches all of the error's memory for the key, not only its texts. */
static void print_outcome(struct outcome *outcome)
{
    bool has_key = memmem(&outcome->error, sizeof(outcome->error), key,
                          strlen(key)) != NULL;
    cJSON *object = cJSON_CreateObject();
    char *text;

    (void)cJSON_AddStringToObject(object, "status",
                                  chutes_status_name(outcome->status));
    (void)cJSON_AddStringToObject(object, "message", outcome->error.message);
    (void)cJSON_AddNumberToObject(object, "attempts", outcome->error.attempts);
    (void)cJSON_AddBoolToObject(object, "has_key", has_key);
    if (outcome->answer != NULL) {
        (void)cJSON_AddItemToObject(object, "answer", outcome->answer);
    }
    text = cJSON_PrintUnformatted(object);
    puts(text);
    fflush(stdout);
    free(text);
    cJSON_Delete(object);
}

static chutes_client *connect_to(const char *url)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = NULL;
    chutes_error error;

    options.base_url = url;
    options.api_key = key;
    options.retry_policy = CHUTES_RETRY_NONE;
    options.finish_grace_ms = GRACE_MS;
    options.total_timeout_ms = TIMEOUT_MS;
    if (chutes_client_new(&options, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return client;
}

int main(int argc, char **argv)
{
    chutes_client *client;
    char kind[32];
    int choices;

    if (argc != 3) {
        fprintf(stderr, "Usage: %s BASE_URL KEY\n", argv[0]);
        return 2;
    }
    key = argv[2];
    client = connect_to(argv[1]);
    while (scanf("%31s %d", kind, &choices) == 2) {
        struct outcome outcome;

        /* Memory that the library doesn't write stays zero, so only the library
         * can put a key there. */
        memset(&outcome, 0, sizeof(outcome));
        make_call(client, kind, choices, &outcome);
        print_outcome(&outcome);
    }
    chutes_client_free(client);
    return 0;
}
