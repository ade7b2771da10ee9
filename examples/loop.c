/* SPDX-License-Identifier: MIT */
/*
 * Ask several questions at once on one thread: loop [PROMPT...]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

struct question {
    const char *prompt;
    int pieces;
    int failed;
};

static int count_piece(const chutes_chat_event *event, void *user_data)
{
    struct question *question = user_data;

    question->pieces += event->type == CHUTES_CHAT_EVENT_CONTENT;
    return 0;
}

/* Called once per question, when its answer has ended. */
static void print_answer(chutes_status status, chutes_chat_response *response,
                         const chutes_error *error, void *user_data)
{
    struct question *question = user_data;

    if (status == CHUTES_OK) {
        printf("> %s\n%s\n(%d pieces)\n\n", question->prompt,
               chutes_chat_response_text(response), question->pieces);
    } else {
        fprintf(stderr, "%s: %s\n", chutes_status_name(status), error->message);
        question->failed = 1;
    }
    chutes_chat_response_free(response);
}

static int ask(chutes_loop *loop, struct question *question)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message = chutes_user(question->prompt);
    chutes_chat_params params = chutes_chat_params_default();
    chutes_error error;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    params.on_event = count_piece;
    params.user_data = question;
    if (chutes_chat_start(loop, &params, print_answer, question, NULL,
                          &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct question questions[8] = {{"Why is the sky blue?", 0, 0},
                                    {"Why is the sea salty?", 0, 0},
                                    {"Why is grass green?", 0, 0}};
    int count = 3;
    int failed = 0;
    chutes_client *client = NULL;
    chutes_loop *loop = NULL;
    chutes_error error;

    for (int i = 1; i < argc && i <= 8; i++) {
        questions[i - 1].prompt = argv[i];
        count = i;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK ||
        chutes_loop_new(client, &loop, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        chutes_client_free(client);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < count; i++) {
        failed |= ask(loop, &questions[i]) != 0;
    }
    failed |= chutes_loop_run(loop) != CHUTES_OK; /* until all calls are done */
    for (int i = 0; i < count; i++) {
        failed |= questions[i].failed;
    }
    chutes_loop_free(loop);
    chutes_client_free(client);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
