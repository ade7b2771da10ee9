/* SPDX-License-Identifier: MIT */
/*
 * Ask a question and print the answer: chat [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static int ask(chutes_client *client, const char *prompt)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message messages[] = {
        chutes_system("You answer in one sentence."), chutes_user(prompt)};
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_error error;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = messages;
    params.message_count = sizeof(messages) / sizeof(messages[0]);
    params.temperature = 0.7;

    if (chutes_chat(client, &params, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    puts(chutes_chat_response_text(response));
    chutes_chat_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *prompt = argc > 1 ? argv[1] : "Why is the sky blue?";
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
