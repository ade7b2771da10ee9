/* SPDX-License-Identifier: MIT */
/* The command `chat`: builds the request from the command line and standard
 * input, and shows the answer. */
#include "cli/alloc.h"
#include "cli/chat_view.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/cost.h"
#include "cli/defaults.h"
#include "cli/input.h"
#include "cli/params.h"
#include "cli/schema.h"
#include "cli/tools.h"

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
    char *schema;            /* NULL: none was given */
    struct cli_tools *tools; /* likewise */
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

static bool add_schema(struct request *request, const char *given,
                       struct cli_output *output)
{
    chutes_chat_params *chat = &request->chat;

    if (given == NULL) {
        return true;
    }
    if (chat->json_schema != NULL || chat->response_format != NULL) {
        cli_refuse(output, "--schema can't be combined with -p json_schema and "
                           "-p response_format");
        return false;
    }
    request->schema = cli_schema_read(given, output);
    chat->json_schema = request->schema;
    if (cli_schema_is_short(given) &&
        chat->json_schema_strict == CHUTES_UNSET) {
        chat->json_schema_strict = 1; /* as strict mode requires it */
    }
    return request->schema != NULL;
}

static bool prepare(struct request *request, const struct cli_options *options,
                    struct cli_output *output)
{
    const struct cli_list *words = &options->operands;
    chutes_chat_params *chat = &request->chat;
    chutes_message *message = request->messages;

    *chat = chutes_chat_params_default();
    chat->model = cli_model(options, "CHUTES_MODEL", CLI_CHAT_MODEL);
    if (!cli_params_apply(&options->params, chat, &request->params, output) ||
        !add_schema(request, options->schema, output) ||
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
    if (options->tools.count > 0) {
        request->tools = cli_tools_new(options, output);
    }
    if (options->tools.count > 0 && request->tools == NULL) {
        return false;
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
    cli_tools_free(request->tools);
    free(request->schema);
    free(request->image_urls);
    free(request->parts);
    cli_params_dispose(&request->params);
    cli_input_dispose(&request->prompt);
}

static int ask(const struct request *request, const struct cli_options *options,
               struct cli_output *output)
{
    struct cli_chat_view view;
    chutes_chat_params chat = request->chat;
    chutes_chat_response *response = NULL;
    chutes_client *client;
    chutes_error error;
    int code;

    chat.on_event = cli_chat_view_begin(&view, options, output);
    chat.user_data = &view;
    client = cli_connect(options, output, &error);
    if (client != NULL && request->tools != NULL) {
        cli_tools_chat(request->tools, client, &chat, &response, &error);
    } else if (client != NULL) {
        chutes_chat(client, &chat, &response, &error);
    }
    if (client != NULL && error.status == CHUTES_OK &&
        request->schema != NULL) {
        cli_schema_judge(request->schema, response, &error);
    }
    view.spent = cli_spent_by(client);
    cli_disconnect(client);
    code = cli_chat_view_end(&view, options, &error, response);
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
