/* SPDX-License-Identifier: MIT */
/* Ask many questions, eight at a time, and print the answers as lines of JSON:
 * batch PROMPT...    Environment: CHUTES_API_KEY, CHUTES_BASE_URL. */
#include <chutes/chutes.h>
#include <stdio.h>

static int failures;

/* Called once for each prompt; `user_data` is the prompt. */
static void print_answer(chutes_status status, chutes_chat_response *response,
                         const chutes_error *error, void *user_data)
{
    chutes_json_writer *line = chutes_json_writer_new();
    const char *json = NULL;

    chutes_json_begin_object(line, NULL);
    chutes_json_add_string(line, "prompt", user_data);
    chutes_json_add_string(line, "answer", chutes_chat_response_text(response));
    chutes_json_end(line);
    if (status == CHUTES_OK) {
        status = chutes_json_writer_finish(line, &json, NULL, NULL);
    }
    failures += status != CHUTES_OK;
    fprintf(json != NULL ? stdout : stderr, "%s\n",
            json != NULL ? json : error->message);
    chutes_json_writer_free(line);
    chutes_chat_response_free(response);
}

int main(int argc, char **argv)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_chat_params params = chutes_chat_params_default();
    chutes_client *client = NULL;
    chutes_loop *loop = NULL;
    chutes_error error;

    options.max_concurrent_requests = 8;
    params.model = "deepseek-ai/DeepSeek-V3.2";
    params.message_count = 1;
    if (chutes_client_new(&options, &client, &error) == CHUTES_OK &&
        chutes_loop_new(client, &loop, &error) == CHUTES_OK) {
        for (int i = 1; i < argc && error.status == CHUTES_OK; i++) {
            const chutes_message message = chutes_user(argv[i]);

            params.messages = &message;
            chutes_chat_start(loop, &params, print_answer, argv[i], NULL,
                              &error);
        }
        chutes_loop_run(loop);
    }
    if (error.status != CHUTES_OK) {
        print_answer(error.status, NULL, &error, NULL);
    }
    chutes_loop_free(loop);
    chutes_client_free(client);
    return failures > 0;
}
