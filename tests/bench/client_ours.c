/* SPDX-License-Identifier: MIT */
#include "bench/client.h"

#include <stdlib.h>

void ours_open(struct client *client)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *made = NULL;
    chutes_error error;

    options.base_url = client->url;
    options.ca_file = client->ca_file;
    options.api_key = "bench";
    options.max_response_bytes = (size_t)1 << 30;
    options.max_line_bytes = (size_t)1 << 28;
    options.max_event_bytes = (size_t)1 << 28;
    options.max_request_bytes = (size_t)1 << 28;
    if (chutes_client_new(&options, &made, &error) != CHUTES_OK) {
        bench_die(error.message);
    }
    client->state = made;
}

static int count_event(const chutes_chat_event *event, void *user_data)
{
    struct client *client = user_data;

    client->seen += event->type <= CHUTES_CHAT_EVENT_TOOL_CALL_DELTA;
    return 0;
}

static chutes_chat_params make_params(struct client *client)
{
    chutes_chat_params params = chutes_chat_params_default();

    params.model = client->work->model;
    params.messages = client->messages;
    params.message_count = client->message_count;
    if (client->work->kind == WORK_STREAM) {
        params.on_event = count_event;
        params.user_data = client;
    }
    if (client->work->shape != NULL && client->work->shape->choices > 1) {
        params.n = client->work->shape->choices;
    }
    return params;
}

static void embed(struct client *client)
{
    const size_t count = client->work->count;
    const char **texts = malloc(count * sizeof(*texts));
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_error error;

    for (size_t i = 0; texts != NULL && i < count; i++) {
        texts[i] = "x";
    }
    params.model = client->work->model;
    params.input = texts;
    params.input_count = count;
    params.max_batch_inputs = count;
    params.keep_raw = 0;
    if (chutes_embed(client->state, &params, &response, &error) != CHUTES_OK) {
        bench_die(error.message);
    }
    client->seen += response->count * response->dimension;
    chutes_embed_response_free(response);
    free(texts);
}

void ours_call(struct client *client)
{
    chutes_chat_params params = make_params(client);
    chutes_chat_response *response = NULL;
    chutes_error error;

    if (client->work->kind == WORK_VECTORS) {
        embed(client);
        return;
    }
    if (chutes_chat(client->state, &params, &response, &error) != CHUTES_OK) {
        bench_die(error.message);
    }
    client->seen += response->choices[0]->content_len;
    chutes_chat_response_free(response);
}

void ours_iterate(struct client *client)
{
    chutes_chat_params params = make_params(client);
    const chutes_chat_event *event = NULL;
    chutes_chat_stream *stream = NULL;
    chutes_status status;
    chutes_error error;

    params.on_event = NULL;
    status = chutes_chat_stream_open(client->state, &params, &stream, &error);
    while (status == CHUTES_OK) {
        status = chutes_chat_stream_next(stream, &event, &error);
        if (event == NULL) {
            break;
        }
        (void)count_event(event, client);
    }
    if (status != CHUTES_OK) {
        bench_die(error.message);
    }
    chutes_chat_response_free(chutes_chat_stream_take_response(stream));
    chutes_chat_stream_close(stream);
}
