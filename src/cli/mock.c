/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/interrupt.h"

#include "mock/demo.h"

#include <pthread.h>

/* Requests are logged by the server's threads. */
struct log {
    pthread_mutex_t lock;
    struct cli_output *output;
};

static void log_request(const struct mock_demo_request *request,
                        void *user_data)
{
    struct log *log = user_data;

    pthread_mutex_lock(&log->lock);
    cli_note(log->output, "%d: %s %s: %d%s", request->number, request->method,
             request->path, request->status,
             request->is_stream ? ", streamed" : "");
    pthread_mutex_unlock(&log->lock);
}

/* Alone on standard output, for programs that start us. */
static void tell_url(struct log *log, const char *url)
{
    struct cli_output *output = log->output;

    pthread_mutex_lock(&log->lock);
    fprintf(output->answer.file, "%s\n", url);
    fflush(output->answer.file);
    cli_note(output, "a demo model (not an AI) answers there; end it with "
                     "Ctrl-C");
    cli_note(output, "try: CHUTES_BASE_URL=%s %s chat hello", url,
             output->program);
    pthread_mutex_unlock(&log->lock);
}

int cli_mock(const struct cli_options *options, struct cli_output *output)
{
    struct log log = {PTHREAD_MUTEX_INITIALIZER, output};
    struct mock_demo_options to = options->mock;
    struct mock_demo *demo;
    const char *reason = NULL;

    if (options->operands.count > 0 || to.port > 65535) {
        cli_complain(output, "mock takes options only, and ports to 65535");
        return CLI_EXIT_USAGE;
    }
    to.on_request = log_request;
    to.user_data = &log;
    cli_interrupt_hold();
    demo = mock_demo_start(&to, &reason);
    if (demo == NULL) {
        cli_complain(output, "can't serve on port %d: %s", to.port, reason);
        return CLI_EXIT_NETWORK;
    }
    tell_url(&log, mock_demo_url(demo));
    cli_interrupt_await();
    mock_demo_stop(demo);
    return CLI_EXIT_OK;
}
