/* SPDX-License-Identifier: MIT */
/*
 * Print how a model continues a text, as it arrives: complete [TEXT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL and CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static int print_text(const chutes_chat_event *event, void *user_data)
{
    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        fputs(event->text, user_data);
        fflush(user_data);
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const stop[] = {"\n\n"};
    chutes_complete_params params = chutes_complete_params_default();
    const char *model = getenv("CHUTES_MODEL");
    chutes_client *client = NULL;
    chutes_error error;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.prompt = argc > 1 ? argv[1] : "The three laws of thermodynamics are";
    params.max_tokens = 200;
    params.stop = stop;
    params.stop_count = 1;
    params.on_event = print_text;
    params.user_data = stdout;
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK) {
        chutes_complete(client, &params, NULL, &error);
    }
    chutes_client_free(client);
    putchar('\n');
    if (error.status != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
