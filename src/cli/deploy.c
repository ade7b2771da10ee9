/* SPDX-License-Identifier: MIT */
/* The command `deploy`: what would be sent, or the chute that results. */
#include "cli/alloc.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/count.h"
#include "cli/deploy_params.h"
#include "cli/report.h"
#include "cli/warmup.h"

#include <chutes/chutes.h>

#include <stdlib.h>
#include <string.h>

static int preview(const struct cli_options *options, struct cli_output *output,
                   const chutes_deploy_params *params)
{
    chutes_error error;
    char *path = NULL;
    char *json = NULL;

    if (chutes_deploy_preview(params, &path, &json, &error) != CHUTES_OK) {
        cli_show_failure(options, output, &error);
    } else {
        char *url = cli_api_url(options, path, "");

        cli_note(output, "not sent: POST %s", url);
        free(url);
        cli_write_json(&output->answer, json, strlen(json));
        cli_end_line(&output->answer);
    }
    chutes_string_free(path);
    chutes_string_free(json);
    return cli_exit_of(error.status, &error, NULL);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_deployment *chute)
{
    if (options->is_json) {
        cli_write_json(&output->answer, chute->raw_json, chute->raw_len);
    } else {
        cli_write(&output->answer, chute->chute_id, strlen(chute->chute_id));
    }
    cli_end_line(&output->answer);
}

static int deploy(const struct cli_options *options, struct cli_output *output,
                  const chutes_deploy_params *params)
{
    int64_t started_ms = cli_now_ms();
    chutes_deployment *chute = NULL;
    chutes_error error;
    chutes_client *client = cli_connect(options, output, &error);

    if (client != NULL &&
        chutes_deploy(client, params, &chute, &error) == CHUTES_OK) {
        show(options, output, chute);
        if (options->waits) {
            /* --timeout limits both calls together. */
            cli_warm_up(client, chute->chute_id, options,
                        cli_time_left_ms(options->timeout_ms, started_ms),
                        output, &error);
        }
    }
    cli_disconnect(client);
    if (error.status != CHUTES_OK) {
        cli_show_failure(options, output, &error);
    }
    chutes_deployment_free(chute);
    return cli_exit_of(error.status, &error, NULL);
}

int cli_deploy(const struct cli_options *options, struct cli_output *output)
{
    struct cli_deploy_params store = {0};
    int code = CLI_EXIT_USAGE;

    if (cli_deploy_params_read(&store, options, output)) {
        code = options->is_dry_run ? preview(options, output, &store.params)
                                   : deploy(options, output, &store.params);
    }
    cli_deploy_params_dispose(&store);
    return code;
}
