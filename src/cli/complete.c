/* SPDX-License-Identifier: MIT */
/* The command `complete`: continues a text. */
#include "cli/chat_view.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/cost.h"
#include "cli/defaults.h"
#include "cli/input.h"
#include "cli/params.h"

static int ask(const chutes_complete_params *params,
               const struct cli_options *options, struct cli_output *output)
{
    struct cli_chat_view view;
    chutes_complete_params own = *params;
    chutes_chat_response *response = NULL;
    chutes_client *client;
    chutes_error error;
    int code;

    own.on_event = cli_chat_view_begin(&view, options, output);
    own.user_data = &view;
    if (own.on_event != NULL && own.include_usage == CHUTES_UNSET &&
        (options->is_json || options->shows_usage)) {
        own.include_usage = 1; /* many servers send it only on request */
    }
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_complete(client, &own, &response, &error);
    }
    view.spent = cli_spent_by(client);
    cli_disconnect(client);
    code = cli_chat_view_end(&view, options, &error, response);
    chutes_chat_response_free(response);
    return code;
}

int cli_complete(const struct cli_options *options, struct cli_output *output)
{
    chutes_complete_params params = chutes_complete_params_default();
    struct cli_params store = {0};
    struct cli_input prompt = {0};
    int code = CLI_EXIT_USAGE;

    params.model = cli_model(options, "CHUTES_MODEL", CLI_CHAT_MODEL);
    if (cli_params_apply_complete(&options->params, &params, &store, output) &&
        cli_input_prompt(
            &prompt, options->operands.items, options->operands.count,
            options->ignores_stdin ? CLI_STDIN_NEVER : CLI_STDIN_WHEN_PIPED,
            output)) {
        params.prompt = prompt.bytes;
        code = ask(&params, options, output);
    }
    cli_params_dispose(&store);
    cli_input_dispose(&prompt);
    return code;
}
