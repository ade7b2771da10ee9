/* SPDX-License-Identifier: MIT */
/*
 * Read an answer event by event in a loop of your own: iterator [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static chutes_status print_events(chutes_chat_stream *stream,
                                  chutes_error *error)
{
    const chutes_chat_event *event = NULL;
    chutes_status status;

    while ((status = chutes_chat_stream_next(stream, &event, error)) ==
               CHUTES_OK &&
           event != NULL) {
        if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
            fwrite(event->text, 1, event->text_len, stdout);
            fflush(stdout);
        }
        /* You may leave the loop early: closing the stream cancels the call. */
    }
    puts("");
    return status;
}

static int ask(chutes_client *client, const char *prompt)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message = chutes_user(prompt);
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_stream *stream = NULL;
    chutes_chat_response *response;
    chutes_status status;
    chutes_error error;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;

    status = chutes_chat_stream_open(client, &params, &stream, &error);
    if (status == CHUTES_OK) {
        status = print_events(stream, &error);
    }
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(status), error.message);
    }
    response = chutes_chat_stream_take_response(stream);
    if (response != NULL) { /* even if the stream was cut off */
        fprintf(stderr, "answered by %s\n", response->model);
    }
    chutes_chat_response_free(response);
    chutes_chat_stream_close(stream);
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *prompt = argc > 1 ? argv[1] : "Write a short poem about AI";
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = ask(client, prompt);
    chutes_client_free(client);
    return code;
}
