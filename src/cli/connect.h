/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CONNECT_H
#define CHUTES_CLI_CONNECT_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* Makes a client from the options, and asks for prices if the options show or
 * limit the cost. From then on, a signal cancels the calls of the client.
 * Returns NULL on failure, with the cause in `error`. `output` receives its log
 * and must outlive it. */
chutes_client *cli_connect(const struct cli_options *options,
                           struct cli_output *output, chutes_error *error);
void cli_disconnect(chutes_client *client);

/* Returns true if the base URL that the library will use is not one of Chutes:
 * the option (NULL: not given), the environment variable, or else
 * CHUTES_BASE_URL. */
bool cli_leads_elsewhere(const char *base_url, const char *variable);

/* Returns a URL of the management API, below --base-url: the path, followed by
 * `name`. The caller frees it with free(). */
char *cli_api_url(const struct cli_options *options, const char *path,
                  const char *name);

/* Returns the model: --model, the environment variable, or the default. */
const char *cli_model(const struct cli_options *options, const char *variable,
                      const char *otherwise);

#endif
