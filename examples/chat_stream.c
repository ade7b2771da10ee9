/* SPDX-License-Identifier: MIT */
/*
 * Print an answer as it arrives: chat_stream [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

/* Called for each event. A non-zero return value would end the stream. */
static int print_event(const chutes_chat_event *event, void *user_data)
{
    FILE *out = user_data;

    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        fwrite(event->text, 1, event->text_len, out);
    } else if (event->type == CHUTES_CHAT_EVENT_RESTART) {
        fputs("\n(the server started again)\n", out);
    }
    return fflush(out) == 0 ? 0 : -1;
}

static void print_figures(const chutes_chat_response *response)
{
    const chutes_timing *timing = &response->info->timing;

    fprintf(stderr, "first token after %.0f ms, end after %.0f ms",
            (double)timing->first_token_us / 1000.0,
            (double)timing->total_us / 1000.0);
    if (response->usage != NULL && response->usage->completion_tokens >= 0) {
        fprintf(stderr, ", %lld tokens",
                (long long)response->usage->completion_tokens);
    }
    fputs("\n", stderr);
}

static int ask(chutes_client *client, const char *prompt)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message = chutes_user(prompt);
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_status status;
    chutes_error error;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    params.on_event = print_event; /* asks for a stream */
    params.user_data = stdout;

    status = chutes_chat(client, &params, &response, &error);
    puts("");
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(status), error.message);
    }
    if (response != NULL) { /* even if the stream was cut off */
        print_figures(response);
    }
    chutes_chat_response_free(response);
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
