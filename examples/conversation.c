/* SPDX-License-Identifier: MIT */
/* Continue the conversation that is in a file: conversation FILE [PROMPT]
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL. */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

/* Asks, adds the answer and saves the conversation. */
static chutes_status ask(chutes_client *client, chutes_conversation *talk,
                         const char *path, chutes_error *error)
{
    const char *model = getenv("CHUTES_MODEL");
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_status status;

    chutes_conversation_trim(talk, 8000, -1);
    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = chutes_conversation_messages(talk, &params.message_count);
    status = chutes_chat(client, &params, &response, error);
    if (status == CHUTES_OK) {
        puts(chutes_chat_response_text(response));
        status = chutes_conversation_add_response(talk, response, error);
    }
    if (status == CHUTES_OK) {
        status = chutes_conversation_save(talk, path, error);
    }
    chutes_chat_response_free(response);
    return status;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "conversation.json";
    chutes_conversation *talk = NULL;
    chutes_client *client = NULL;
    chutes_error error;
    chutes_status status = chutes_client_new(NULL, &client, &error);

    if (status == CHUTES_OK) {
        status = chutes_conversation_load(path, &talk, &error);
    }
    if (client != NULL && status == CHUTES_ERR_NOT_FOUND) { /* no file yet */
        talk = chutes_conversation_new("Be brief.");
    }
    if (talk != NULL) {
        chutes_conversation_add_user(talk, argc > 2 ? argv[2] : "Hello!");
        status = ask(client, talk, path, &error);
    }
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    chutes_conversation_free(talk);
    chutes_client_free(client);
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
