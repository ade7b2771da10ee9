/* SPDX-License-Identifier: MIT */
/* The command `mock`: serves the demo model or a script until a signal. */
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "mock/bytes.h"
#include "mock/demo.h"
#include "mock/script.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { URL_SIZE = 64 };

/* The threads of the server log requests, one at a time. */
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

/* Writes nothing else to standard output: programs that start us read the URL
 * from it. */
static bool print_url(struct cli_output *output, const char *url)
{
    char line[URL_SIZE + 1];
    int len = snprintf(line, sizeof(line), "%s\n", url);

    return cli_write(&output->answer, line, (size_t)len);
}

static bool announce(struct log *log, const char *url)
{
    struct cli_output *output = log->output;
    bool is_printed;

    pthread_mutex_lock(&log->lock);
    is_printed = print_url(output, url);
    if (is_printed) {
        cli_note(output, "a demo model (not an AI) answers there; stop it with "
                         "Ctrl-C");
        cli_note(output, "try: CHUTES_BASE_URL=%s %s chat hello", url,
                 output->program);
    }
    pthread_mutex_unlock(&log->lock);
    return is_printed;
}

/* Returns NULL after a complaint. */
static struct mock_script *parse_script(const char *path, FILE *file,
                                        struct cli_output *output)
{
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    struct mock_script *script = NULL;
    struct mock_bytes folder = {0};
    struct cli_input text = {0};
    char reason[200];

    /* "a/b" gives "a/.", and "b" gives ".". */
    (void)mock_bytes_appendf(&folder, "%.*s.", (int)folder_len, path);
    if (!folder.failed && cli_input_read(&text, file, path, output)) {
        script =
            mock_script_parse(text.bytes, folder.data, reason, sizeof(reason));
        if (script == NULL) {
            cli_complain(output, "%s: %s", path, reason);
        }
    }
    cli_input_dispose(&text);
    mock_bytes_dispose(&folder);
    return script;
}

static struct mock_script *load_script(const char *path,
                                       struct cli_output *output)
{
    FILE *file = fopen(path, "rbe");
    struct mock_script *script;

    if (file == NULL) {
        cli_complain(output, "can't open %s: %s", path, strerror(errno));
        return NULL;
    }
    script = parse_script(path, file, output);
    (void)fclose(file);
    return script;
}

static int serve_script(const struct cli_options *options,
                        struct cli_output *output)
{
    struct mock_server_options to = {.port = options->mock.port,
                                     .on_accept = mock_script_accept,
                                     .handler = mock_script_answer};
    struct mock_script *script = load_script(options->script, output);
    struct mock_server *server;
    const char *reason = NULL;
    char url[URL_SIZE];

    if (script == NULL) {
        return CLI_EXIT_USAGE;
    }
    to.user_data = script;
    /* This precedes the start, as a signal must then also stop the server. */
    cli_interrupt_hold();
    server = mock_server_start(&to, &reason);
    if (server == NULL) {
        cli_complain(output, "can't serve on port %d: %s", to.port, reason);
        mock_script_free(script);
        return CLI_EXIT_NETWORK;
    }
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/",
                   mock_server_port(server));
    /* A server whose URL nobody learns is of no use. */
    if (print_url(output, url)) {
        cli_interrupt_await();
    }
    mock_server_stop(server);
    reason = mock_script_failure(script);
    if (reason != NULL) {
        cli_complain(output, "%s: %s", options->script, reason);
    }
    mock_script_free(script);
    return CLI_EXIT_OK;
}

int cli_mock(const struct cli_options *options, struct cli_output *output)
{
    struct log log = {PTHREAD_MUTEX_INITIALIZER, output};
    struct mock_demo_options to = options->mock;
    struct mock_demo *demo;
    const char *reason = NULL;

    if (options->operands.count > 0 || to.port > 65535) {
        cli_refuse(output, "mock takes no arguments, and ports up to 65535");
        return CLI_EXIT_USAGE;
    }
    if (options->script != NULL) {
        return serve_script(options, output);
    }
    to.on_request = log_request;
    to.user_data = &log;
    cli_interrupt_hold();
    demo = mock_demo_start(&to, &reason);
    if (demo == NULL) {
        cli_complain(output, "can't serve on port %d: %s", to.port, reason);
        return CLI_EXIT_NETWORK;
    }
    if (announce(&log, mock_demo_url(demo))) {
        cli_interrupt_await();
    }
    mock_demo_stop(demo);
    return CLI_EXIT_OK;
}
