/* SPDX-License-Identifier: MIT */
/* The option --wait: a request that starts an operation, and how it ends. */
#include "cli/operation.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/clock.h"
#include "cli/fetch.h"
#include "cli/media.h"
#include "cli/report.h"
#include "cli/wait.h"

enum { ACCEPTED = 202 };

/* What all steps need. */
struct job {
    chutes_loop *loop;
    const chutes_invoke_params *params;
    struct cli_output *output;
    int64_t timeout_ms; /* for all steps together; 0: none */
    int64_t started_ms;
};

/* The operation that the command waits for. Each change of its status is
 * printed as a note. */
struct work {
    struct cli_wait wait;
    char status[32];
    chutes_operation *operation;
    chutes_error *error;
};

static int note(const chutes_operation *operation, void *user_data)
{
    struct work *work = user_data;

    if (strncmp(work->status, operation->status, sizeof(work->status) - 1) !=
        0) {
        (void)snprintf(work->status, sizeof(work->status), "%s",
                       operation->status);
        cli_note(work->wait.output, "the operation is %s", work->status);
    }
    return 0;
}

static void on_done(chutes_status status, chutes_operation *operation,
                    const chutes_error *error, void *user_data)
{
    struct work *work = user_data;

    (void)status;
    work->operation = operation;
    *work->error = *error;
    work->wait.is_done = true;
}

static bool is_json_name(const char *path)
{
    size_t len = strlen(path);

    return len >= 5 && strcasecmp(path + len - 5, ".json") == 0;
}

/* Puts an answer that is in memory where the request wanted it. JSON doesn't
 * become a file of another name. */
static void hand_over(const chutes_invoke_params *params,
                      const chutes_invoke_response *answer, chutes_error *error)
{
    const chutes_media media = {.bytes = answer->body, .len = answer->body_len};

    if (params->on_data != NULL) {
        (void)params->on_data(answer->body, answer->body_len,
                              params->user_data);
    } else if (params->output_path == NULL) {
        return; /* --json shows it */
    } else if (answer->json == NULL || is_json_name(params->output_path)) {
        chutes_media_save(&media, params->output_path, error);
    } else {
        cli_report_fail(error, CHUTES_ERR_PROTOCOL,
                        "JSON came instead of a file");
        cli_report_answered(error, answer->info);
    }
}

static int64_t time_left_ms(const struct job *job)
{
    return cli_time_left_ms(job->timeout_ms, job->started_ms);
}

/* Sends a request that may take the time that is left. */
static void fetch(const struct job *job, chutes_invoke_params *params,
                  const char *noun, chutes_invoke_response **response,
                  chutes_error *error)
{
    chutes_call_options options = chutes_call_options_default();

    options.total_timeout_ms = time_left_ms(job);
    params->call_options = &options;
    cli_fetch(job->loop, params, noun, job->output, response, error);
}

/* Returns the URL of the operation, to be freed. NULL: a failure, or the answer
 * is the result, which *response receives. */
static char *start(const struct job *job, chutes_invoke_response **response,
                   chutes_error *error)
{
    chutes_invoke_params first = *job->params;
    chutes_invoke_response *answer = NULL;
    chutes_error fault;
    char *url = NULL;

    first.accept = NULL; /* it is for the artifact, like what follows */
    first.on_data = NULL;
    first.output_path = NULL;
    fetch(job, &first, "answer", &answer, error);
    if (error->status != CHUTES_OK) {
        chutes_invoke_response_free(answer);
        return NULL;
    }
    if (chutes_operation_url(answer, &url, &fault) == CHUTES_ERR_PROTOCOL &&
        answer->info->http_status != ACCEPTED) {
        hand_over(job->params, answer, error);
        *response = answer;
        return NULL;
    }
    if (url == NULL) {
        *error = fault;
    }
    chutes_invoke_response_free(answer);
    return url;
}

static void fetch_artifact(const struct job *job, const char *url,
                           const char *path, chutes_invoke_response **response,
                           chutes_error *error)
{
    const chutes_invoke_params *params = job->params;
    chutes_invoke_params last = chutes_invoke_params_default();

    last.method = "GET";
    last.url = url; /* the key is not sent to its host */
    last.accept = params->accept;
    last.on_data = params->on_data;
    last.user_data = params->user_data;
    last.output_path = path;
    last.resume = path != NULL ? 1 : 0;
    fetch(job, &last, "artifact", response, error);
}

/* An operation without artifacts is its own result. */
static void fetch_operation(const struct job *job, const char *url,
                            chutes_invoke_response **response,
                            chutes_error *error)
{
    chutes_invoke_params last = chutes_invoke_params_default();

    last.method = "GET";
    last.url = url;
    last.send_key = job->params->send_key;
    fetch(job, &last, "answer", response, error);
    if (error->status == CHUTES_OK) {
        hand_over(job->params, *response, error);
    }
}

/* Fetches the first artifact, and all others if they go to files. */
static void fetch_artifacts(const struct job *job,
                            const chutes_operation *operation,
                            chutes_invoke_response **response,
                            chutes_error *error)
{
    const char *path = job->params->output_path;
    size_t count = path != NULL ? operation->artifact_count : 1;

    if (count < operation->artifact_count) {
        cli_note(
            job->output,
            "only the first of %zu artifacts is downloaded; use -o for all",
            operation->artifact_count);
    }
    fetch_artifact(job, operation->artifacts[0]->url, path, response, error);
    for (size_t i = 1; i < count && error->status == CHUTES_OK; i++) {
        const char *url = operation->artifacts[i]->url;
        char *name = cli_media_name(path, i);

        if (url[0] != '\0') {
            chutes_invoke_response *more = NULL;

            fetch_artifact(job, url, name, &more, error);
            chutes_invoke_response_free(more);
            if (error->status == CHUTES_OK) {
                cli_note(job->output, "%s: artifact %zu", name, i + 1);
            }
        }
        free(name);
    }
}

/* Returns the operation if it is over; a failure is in *error. */
static chutes_operation *await_end(const struct job *job, const char *url,
                                   chutes_error *error)
{
    struct work work = {.wait = {.output = job->output, .noun = "result"},
                        .error = error};
    chutes_operation_params wait = chutes_operation_params_default();

    wait.url = url;
    wait.send_key = job->params->send_key;
    wait.wait_timeout_ms = time_left_ms(job);
    wait.on_status = note;
    wait.user_data = &work;
    if (chutes_operation_wait_start(job->loop, &wait, on_done, &work, NULL,
                                    error) == CHUTES_OK) {
        cli_wait(&work.wait, job->loop);
    }
    return work.operation;
}

void cli_operation_invoke(chutes_loop *loop, const chutes_invoke_params *params,
                          const struct cli_options *options,
                          struct cli_output *output,
                          chutes_invoke_response **response,
                          chutes_error *error)
{
    const struct job job = {.loop = loop,
                            .params = params,
                            .output = output,
                            .timeout_ms = options->timeout_ms != CHUTES_UNSET
                                              ? options->timeout_ms
                                              : 0,
                            .started_ms = cli_now_ms()};
    chutes_operation *operation;
    char *url;

    *response = NULL;
    url = start(&job, response, error);
    if (url == NULL) {
        return;
    }
    operation = await_end(&job, url, error);
    if (error->status != CHUTES_OK) {
        /* The error says why. */
    } else if (operation->artifact_count > 0 &&
               operation->artifacts[0]->url[0] != '\0') {
        fetch_artifacts(&job, operation, response, error);
    } else {
        fetch_operation(&job, url, response, error);
    }
    chutes_operation_free(operation);
    chutes_string_free(url);
}
