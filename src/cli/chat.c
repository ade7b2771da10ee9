/* SPDX-License-Identifier: MIT */
/* The command `chat`: builds the request from the command line and standard
 * input, and shows the answer. */
#include "cli/alloc.h"
#include "cli/chat_view.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/defaults.h"
#include "cli/input.h"
#include "cli/params.h"
#include "cli/report.h"

#include <stdlib.h>

/* The request and everything that it points to. Start from zeros. */
struct request {
    struct cli_input prompt;
    struct cli_params params;
    chutes_content_part *parts; /* the prompt and the images */
    char **image_urls;
    size_t image_count;
    chutes_message messages[2];
    chutes_chat_params chat;
};

static bool add_images(struct request *request, const struct cli_list *images,
                       struct cli_output *output)
{
    request->parts = cli_alloc(images->count + 1, sizeof(*request->parts));
    request->image_urls = cli_alloc(images->count, sizeof(char *));
    request->parts[0] = chutes_text_part(request->prompt.bytes);
    for (size_t i = 0; i < images->count; i++) {
        char **url = &request->image_urls[i];

        if (!cli_input_image(images->items[i], url, output)) {
            return false;
        }
        request->image_count++;
        request->parts[i + 1] =
            chutes_image_part(*url != NULL ? *url : images->items[i], NULL);
    }
    return true;
}

static bool prepare(struct request *request, const struct cli_options *options,
                    struct cli_output *output)
{
    const struct cli_list *words = &options->operands;
    const struct cli_list *pairs = &options->params;
    chutes_chat_params *chat = &request->chat;
    chutes_message *message = request->messages;

    *chat = chutes_chat_params_default();
    chat->model = cli_model(options, "CHUTES_MODEL", CLI_CHAT_MODEL);
    if (!cli_params_apply(pairs->items, pairs->count, chat, &request->params,
                          output) ||
        !cli_input_prompt(&request->prompt, words->items, words->count,
                          options->ignores_stdin ? CLI_STDIN_NEVER
                                                 : CLI_STDIN_WHEN_PIPED,
                          output) ||
        !add_images(request, &options->images, output)) {
        return false;
    }
    if (options->system != NULL) {
        *message++ = chutes_system(options->system);
    }
    *message++ =
        request->image_count > 0
            ? chutes_user_parts(request->parts, request->image_count + 1)
            : chutes_user(request->prompt.bytes);
    if (!options->is_whole && chat->include_usage == CHUTES_UNSET &&
        (options->is_json || options->shows_usage)) {
        chat->include_usage = 1; /* many servers send it only on request */
    }
    chat->fallback_models = options->fallbacks.items;
    chat->fallback_model_count = options->fallbacks.count;
    chat->messages = request->messages;
    chat->message_count = (size_t)(message - request->messages);
    return true;
}

static void dispose(struct request *request)
{
    for (size_t i = 0; i < request->image_count; i++) {
        chutes_string_free(request->image_urls[i]);
    }
    free(request->image_urls);
    free(request->parts);
    cli_params_dispose(&request->params);
    cli_input_dispose(&request->prompt);
}

/* With --json the answer is streamed too, although nothing is shown before its
 * end: when a stream is cut, the text so far can still be printed. */
static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

static void show(struct cli_chat_view *view, const struct cli_options *options,
                 const chutes_error *error,
                 const chutes_chat_response *response)
{
    if (view->output->answer.failure != 0) {
        return; /* nobody reads; cli_output_finish() reports that */
    }
    if (options->is_json) {
        cli_report_chat(view->output->answer.file, error, response,
                        options->shows_raw);
        cli_chat_view_length(view->output, response);
    } else if (options->is_whole) {
        cli_chat_view_whole(view, response);
    } else {
        cli_chat_view_rest(view, response);
    }
    if (response != NULL && options->shows_usage) {
        cli_note_usage(view->output, response->usage, response->info);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(view->output, error);
    }
    if (response != NULL && response->complete == 0) {
        cli_complain(view->output, "the answer is incomplete");
    }
}

static int ask(const struct request *request, const struct cli_options *options,
               struct cli_output *output)
{
    struct cli_chat_view view = {output, false, false};
    chutes_chat_params chat = request->chat;
    chutes_chat_response *response = NULL;
    chutes_client *client;
    chutes_error error;
    int code;

    view.shows_reasoning = !options->hides_reasoning && !output->is_quiet;
    if (!options->is_whole) {
        chat.on_event = options->is_json ? ignore_event : cli_chat_view_event;
        chat.user_data = &view;
    }
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_chat(client, &chat, &response, &error);
    }
    cli_disconnect(client);
    show(&view, options, &error, response);
    /* If nobody reads any more, we cancelled the stream ourselves: that is no
     * interruption. See cli_output_finish(). */
    code = output->answer.failure != 0
               ? CLI_EXIT_API
               : cli_exit_of(error.status, &error, response);
    chutes_chat_response_free(response);
    return code;
}

int cli_chat(const struct cli_options *options, struct cli_output *output)
{
    struct request request = {0};
    int code = CLI_EXIT_USAGE;

    if (prepare(&request, options, output)) {
        code = ask(&request, options, output);
    }
    dispose(&request);
    return code;
}
