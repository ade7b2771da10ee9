/* SPDX-License-Identifier: MIT */
/*
 * Stream an answer in a libuv program: loop_libuv [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/adapters/libuv.h>
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

struct app {
    uv_timer_t heartbeat;
    int failed;
};

/* Stands for other work of the program, which runs between the events. */
static void beat(uv_timer_t *heartbeat)
{
    (void)heartbeat;
    fputs(".", stderr);
}

static int print_piece(const chutes_chat_event *event, void *user_data)
{
    (void)user_data;
    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        fwrite(event->text, 1, event->text_len, stdout);
    }
    return fflush(stdout) == 0 ? 0 : -1;
}

static void finish(chutes_status status, chutes_chat_response *response,
                   const chutes_error *error, void *user_data)
{
    struct app *app = user_data;

    puts("");
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(status), error->message);
        app->failed = 1;
    }
    chutes_chat_response_free(response);
    uv_close((uv_handle_t *)&app->heartbeat, NULL);
}

static chutes_status ask(chutes_loop *loop, const char *prompt, struct app *app,
                         chutes_error *error)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message = chutes_user(prompt);
    chutes_chat_params params = chutes_chat_params_default();

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    params.on_event = print_piece;
    return chutes_chat_start(loop, &params, finish, app, NULL, error);
}

int main(int argc, char **argv)
{
    const char *prompt = argc > 1 ? argv[1] : "Write a short poem about AI";
    struct app app = {.failed = 0};
    uv_loop_t uv;
    chutes_client *client = NULL;
    chutes_loop *loop = NULL;
    chutes_error error;

    uv_loop_init(&uv);
    uv_timer_init(&uv, &app.heartbeat);
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK &&
        chutes_loop_new(client, &loop, &error) == CHUTES_OK &&
        chutes_libuv_attach(loop, &uv, &error) == CHUTES_OK &&
        ask(loop, prompt, &app, &error) == CHUTES_OK) {
        uv_timer_start(&app.heartbeat, beat, 100, 100);
        uv_run(&uv, UV_RUN_DEFAULT); /* until finish() */
    } else {
        fprintf(stderr, "%s\n", error.message);
        app.failed = 1;
    }
    chutes_loop_free(loop);
    chutes_client_free(client);
    if (!uv_is_closing((uv_handle_t *)&app.heartbeat)) {
        uv_close((uv_handle_t *)&app.heartbeat, NULL);
    }
    uv_run(&uv, UV_RUN_DEFAULT); /* runs the close callbacks */
    uv_loop_close(&uv);
    return app.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
