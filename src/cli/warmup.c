/* SPDX-License-Identifier: MIT */
/* The command `warmup`: waits until a chute is hot. */
#include "cli/warmup.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <string.h>

/* Notes each change of what the server says. */
struct progress {
    struct cli_output *output;
    char log[128];
};

static int note(const chutes_warmup_state *state, void *user_data)
{
    struct progress *progress = user_data;
    const char *log = state->log[0] != '\0' ? state->log : state->status;

    if (strncmp(progress->log, log, sizeof(progress->log) - 1) != 0) {
        (void)snprintf(progress->log, sizeof(progress->log), "%s", log);
        cli_note(progress->output, "%s", progress->log);
    }
    return 0;
}

void cli_warm_up(chutes_client *client, const char *chute,
                 const struct cli_options *options, int64_t timeout_ms,
                 struct cli_output *output, chutes_error *error)
{
    chutes_warmup_params params = chutes_warmup_params_default();
    struct progress progress = {output, ""};

    params.base_url = options->base_url;
    params.chute = chute;
    params.on_state = note;
    params.user_data = &progress;
    if (timeout_ms != CHUTES_UNSET) {
        params.wait_timeout_ms = timeout_ms;
    }
    chutes_warmup(client, &params, error);
}

int cli_warmup(const struct cli_options *options, struct cli_output *output)
{
    struct cli_json json = {output->answer.file, false};
    chutes_client *client;
    chutes_error error;

    if (options->operands.count != 1) {
        cli_refuse(output, "warmup takes one ID or NAME of a chute");
        return CLI_EXIT_USAGE;
    }
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        cli_warm_up(client, options->operands.items[0], options,
                    options->timeout_ms, output, &error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        cli_json_open(&json, '{');
        cli_report_status(&json, &error);
        cli_json_close(&json, '}');
        fputs("\n", output->answer.file);
    }
    if (error.status != CHUTES_OK) {
        cli_complain_of(output, &error);
    }
    return cli_exit_of(error.status, &error, NULL);
}
