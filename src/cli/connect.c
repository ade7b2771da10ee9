/* SPDX-License-Identifier: MIT */
/* Makes the client of a command: options, log lines, attempts, and cancelling
 * by a signal. */
#include "cli/connect.h"

#include "cli/alloc.h"
#include "cli/cost.h"
#include "cli/interrupt.h"
#include "cli/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void log_line(chutes_log_level level, const char *line, void *user_data)
{
    (void)level;
    cli_log(user_data, line);
}

static void log_attempt(const chutes_attempt *attempt, void *user_data)
{
    const char *reason = chutes_status_name(attempt->status);
    char http[32];
    char line[160];
    struct cli_output *output = user_data;

    if (attempt->wait_ms < 0 || output->is_quiet) {
        return; /* the last one is reported with the call */
    }
    if (attempt->http_status != 0) {
        snprintf(http, sizeof(http), "HTTP %d", attempt->http_status);
        reason = http;
    }
    snprintf(line, sizeof(line), "attempt %d failed (%s), next in %.1f s",
             attempt->number, reason, (double)attempt->wait_ms / 1000.0);
    cli_log(output, line);
}

static void set_retries(chutes_client_options *to,
                        const struct cli_options *options)
{
    to->retry_policy = options->retry_policy;
    if (options->retries == 0) {
        to->retry_policy = CHUTES_RETRY_NONE;
    } else if (options->retries != CHUTES_UNSET) {
        to->max_attempts = options->retries + 1;
    }
}

/* Is the host chutes.ai or below it? The library's own check is not public. */
static bool leads_to_chutes(const char *url)
{
    static const char domain[] = "chutes.ai";
    const size_t len = sizeof(domain) - 1;
    const char *host = strstr(url, "://");
    size_t host_len;

    if (host == NULL) {
        return false;
    }
    host += 3;
    host_len = strcspn(host, ":/?#");
    host_len -= host_len > 0 && host[host_len - 1] == '.' ? 1 : 0;
    return host_len >= len &&
           strncasecmp(host + host_len - len, domain, len) == 0 &&
           (host_len == len || host[host_len - len - 1] == '.');
}

bool cli_leads_elsewhere(const char *base_url, const char *variable)
{
    if (base_url == NULL) {
        base_url = getenv(variable);
    }
    if (base_url == NULL || base_url[0] == '\0') {
        base_url = getenv("CHUTES_BASE_URL");
    }
    return base_url != NULL && base_url[0] != '\0' &&
           !leads_to_chutes(base_url);
}

chutes_client *cli_connect(const struct cli_options *options,
                           struct cli_output *output, chutes_error *error)
{
    chutes_client_options to = chutes_client_options_default();
    chutes_client *client = NULL;

    output->is_elsewhere =
        cli_leads_elsewhere(options->base_url, "CHUTES_BASE_URL");
    to.base_url = options->base_url;
    to.embeddings_base_url = options->base_url; /* overrides the environment */
    to.user_agent = "chutes-cli";
    to.ca_file = options->ca_file;
    to.client_cert = options->client_cert;
    to.client_key = options->client_key;
    to.unix_socket = options->unix_socket;
    to.proxy = options->proxy;
    to.auth = options->auth;
    to.allow_insecure_http = options->allows_insecure_http ? 1 : 0;
    if (options->timeout_ms != CHUTES_UNSET) {
        to.total_timeout_ms = options->timeout_ms;
    }
    set_retries(&to, options);
    to.on_attempt = log_attempt;
    to.attempt_user_data = output;
    if (options->verbosity > 0) {
        to.on_log = log_line;
        to.log_user_data = output;
        to.log_level =
            options->verbosity > 1 ? CHUTES_LOG_DEBUG : CHUTES_LOG_INFO;
    }
    if (!cli_trace_open(output, options, error)) {
        return NULL;
    }
    to.tracer = cli_trace_tracer(output);
    if (chutes_client_new(&to, &client, error) != CHUTES_OK) {
        return NULL;
    }
    cli_interrupt_watch(client);
    cli_cost_learn(client, options);
    return client;
}

void cli_disconnect(chutes_client *client)
{
    /* This comes first, so that a signal never uses a freed client. */
    cli_interrupt_watch(NULL);
    chutes_client_free(client);
}

char *cli_api_url(const struct cli_options *options, const char *path,
                  const char *name)
{
    const char *base = options->base_url != NULL ? options->base_url
                                                 : "https://api.chutes.ai/";
    size_t base_len = strlen(base);
    char *url = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&url, &len);

    fprintf(file, "%s%s%s%s", base,
            base_len > 0 && base[base_len - 1] == '/' ? "" : "/", path, name);
    fclose(file);
    return url;
}

const char *cli_model(const struct cli_options *options, const char *variable,
                      const char *otherwise)
{
    const char *model = getenv(variable);

    /* An empty --model isn't replaced by the default, which would be billed
     * although nobody asked for it: the library refuses it. */
    if (options->model != NULL) {
        return options->model;
    }
    return model != NULL && model[0] != '\0' ? model : otherwise;
}
