/* SPDX-License-Identifier: MIT */
/*
 * Stream an answer in a libevent program: loop_libevent [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/adapters/libevent.h>
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

struct app {
    struct event *heartbeat;
    int failed;
};

/* Stands for other work of the program, which runs between the events. */
static void beat(evutil_socket_t fd, short what, void *user_data)
{
    (void)fd;
    (void)what;
    (void)user_data;
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
    /* Nothing else is pending, so event_base_dispatch() returns. */
    event_del(app->heartbeat);
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
    const struct timeval period = {0, 100000};
    struct event_base *base = event_base_new();
    struct app app = {event_new(base, -1, EV_PERSIST, beat, NULL), 0};
    chutes_client *client = NULL;
    chutes_loop *loop = NULL;
    chutes_error error;

    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK &&
        chutes_loop_new(client, &loop, &error) == CHUTES_OK &&
        chutes_libevent_attach(loop, base, &error) == CHUTES_OK &&
        ask(loop, prompt, &app, &error) == CHUTES_OK) {
        event_add(app.heartbeat, &period);
        event_base_dispatch(base); /* until finish() */
    } else {
        fprintf(stderr, "%s\n", error.message);
        app.failed = 1;
    }
    chutes_loop_free(loop);
    chutes_client_free(client);
    event_free(app.heartbeat);
    event_base_free(base);
    return app.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
