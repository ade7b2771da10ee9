/* SPDX-License-Identifier: MIT */
/* The command `code` prints the source of a chute. */
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/json_out.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <string.h>

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_chute *chute, const chutes_chute_source *source,
                 const chutes_error *error)
{
    struct cli_json json = {output->answer.file, false};

    if (source == NULL) {
        cli_show_failure(options, output, error);
    } else if (options->is_json) {
        cli_json_open(&json, '{');
        cli_json_key(&json, "chute_id");
        cli_json_text(&json, chute->chute_id);
        cli_json_key(&json, "name");
        cli_json_text(&json, chute->name);
        cli_json_key(&json, "code");
        cli_json_string(&json, source->code, source->code_len);
        cli_json_close(&json, '}');
        fputs("\n", output->answer.file);
    } else {
        cli_write(&output->answer, source->code, source->code_len);
        cli_end_line(&output->answer);
    }
}

/* The server finds the source only by the ID of the chute. */
static void read_code(chutes_client *client, const struct cli_options *options,
                      chutes_chute **chute, chutes_chute_source **source,
                      chutes_error *error)
{
    chutes_chute_get_params get = chutes_chute_get_params_default();
    chutes_chute_code_params code = chutes_chute_code_params_default();
    chutes_call_options call_options = chutes_call_options_default();
    int64_t started_ms = cli_now_ms();

    get.base_url = options->base_url;
    get.chute = options->operands.items[0];
    if (chutes_chute_get(client, &get, chute, error) != CHUTES_OK) {
        return;
    }
    /* --timeout limits both calls together. */
    call_options.total_timeout_ms =
        cli_time_left_ms(options->timeout_ms, started_ms);
    code.call_options = &call_options;
    code.base_url = options->base_url;
    code.chute_id = (*chute)->chute_id;
    chutes_chute_code(client, &code, source, error);
}

int cli_code(const struct cli_options *options, struct cli_output *output)
{
    chutes_chute *chute = NULL;
    chutes_chute_source *source = NULL;
    chutes_client *client;
    chutes_error error;

    if (options->operands.count != 1) {
        cli_refuse(output, "code takes one ID or NAME of a chute");
        return CLI_EXIT_USAGE;
    }
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        read_code(client, options, &chute, &source, &error);
    }
    cli_disconnect(client);
    show(options, output, chute, source, &error);
    chutes_chute_free(chute);
    chutes_chute_source_free(source);
    return cli_exit_of(error.status, &error, NULL);
}
