/* SPDX-License-Identifier: MIT */
/* Makes and frees the tracer that writes OTLP. */
#include "toolkit/otlp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/params.h"
#include "toolkit/otlp_json.h"

enum { MIN_QUEUE = 4096 /* bytes */ };

void chutes_otlp_params_init(chutes_otlp_params *params, size_t size)
{
    static const chutes_otlp_params DEFAULTS = {
        .header_size = sizeof(chutes_header),
        .max_queue_bytes = (size_t)4 << 20,
        .timeout_ms = 10000,
    };

    if (params != NULL && size >= sizeof(size)) {
        memset(params, 0, size);
        memcpy(params, &DEFAULTS,
               size < sizeof(DEFAULTS) ? size : sizeof(DEFAULTS));
        params->struct_size = size;
    }
}

static chutes_status check(const chutes_otlp_params *params,
                           chutes_error *error)
{
    const char *wrong = NULL;

    if ((params->path == NULL) == (params->endpoint == NULL)) {
        wrong = "set one of path and endpoint";
    } else if (params->max_queue_bytes < MIN_QUEUE) {
        wrong = "max_queue_bytes must be 4096 or more";
    } else if (params->timeout_ms < 1) {
        wrong = "timeout_ms must be 1 or more";
    }
    return wrong == NULL
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", wrong);
}

/* A pipe would block the program's calls, or end it by SIGPIPE. */
static chutes_status open_file(struct chutes_otlp *otlp, const char *path,
                               chutes_error *error)
{
    struct stat facts;

    otlp->file = open(
        path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
    if (otlp->file < 0 || fstat(otlp->file, &facts) != 0) {
        return chutes__fail(error, CHUTES_ERR_FILE,
                            "path can't be opened for appending: %s",
                            strerror(errno));
    }
    return S_ISREG(facts.st_mode)
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_FILE,
                              "path must name a regular file");
}

static chutes_status open_client(struct chutes_otlp *otlp,
                                 const chutes_otlp_params *params,
                                 chutes_error *error)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_error found;
    chutes_status status;

    options.base_url = params->endpoint;
    options.auth = CHUTES_AUTH_NONE;
    options.headers = params->headers;
    options.header_count = params->header_count;
    options.header_size = params->header_size;
    options.allow_insecure_http = params->allow_insecure_http;
    status = chutes_client_new(&options, &otlp->client, &found);
    if (status == CHUTES_OK) {
        status = chutes_loop_new(otlp->client, &otlp->loop, &found);
    }
    return status == CHUTES_OK
               ? CHUTES_OK
               : chutes__fail(error, status, "endpoint: %s", found.message);
}

/* Frees a writer, which may be incomplete. */
static void destroy(struct chutes_otlp *otlp)
{
    chutes_loop_free(otlp->loop);
    chutes_call_free(otlp->call); /* in the child of a fork(), it is left */
    chutes_client_free(otlp->client);
    if (otlp->file >= 0) {
        (void)close(otlp->file);
    }
    chutes__buf_dispose(&otlp->queue);
    chutes__buf_dispose(&otlp->batch);
    chutes__buf_dispose(&otlp->head);
    pthread_mutex_destroy(&otlp->driver);
    pthread_mutex_destroy(&otlp->mutex);
    chutes__mem_free(otlp);
}

static struct chutes_otlp *make(const chutes_otlp_params *params)
{
    struct chutes_otlp *otlp = chutes__mem_zalloc(sizeof(*otlp));

    if (otlp == NULL) {
        return NULL;
    }
    chutes__otlp_init_tracer(otlp);
    otlp->tracer.include_content = params->include_content;
    otlp->file = -1;
    otlp->timeout_ms = params->timeout_ms;
    otlp->process = getpid();
    chutes__buf_init(&otlp->head, SIZE_MAX);
    chutes__buf_init(&otlp->queue, params->max_queue_bytes);
    chutes__buf_init(&otlp->batch, params->max_queue_bytes);
    if (pthread_mutex_init(&otlp->mutex, NULL) != 0) {
        chutes__mem_free(otlp);
        return NULL;
    }
    if (pthread_mutex_init(&otlp->driver, NULL) != 0) {
        pthread_mutex_destroy(&otlp->mutex);
        chutes__mem_free(otlp);
        return NULL;
    }
    return otlp;
}

/* Makes a writer of parameters that were checked. */
static chutes_status open_writer(const chutes_otlp_params *params,
                                 struct chutes_otlp **otlp, chutes_error *error)
{
    const char *service =
        params->service_name != NULL ? params->service_name : "unknown_service";
    struct chutes_otlp *made = make(params);
    chutes_status status;

    if (made == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    if (chutes__otlp_append_head(&made->head, service) != CHUTES_OK) {
        status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    } else if (params->path != NULL) {
        status = open_file(made, params->path, error);
    } else {
        status = open_client(made, params, error);
    }
    if (status != CHUTES_OK) {
        destroy(made);
        made = NULL;
    }
    *otlp = made;
    return status;
}

chutes_status chutes_otlp_new(const chutes_otlp_params *params,
                              chutes_otlp **otlp, chutes_error *error)
{
    chutes_otlp_params own = chutes_otlp_params_default();
    chutes_status status;

    chutes__error_clear(error);
    if (otlp != NULL) {
        *otlp = NULL;
    }
    if (otlp == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "otlp must not be NULL");
    }
    status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                 "params", error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (own.endpoint == NULL && own.path == NULL) {
        own.endpoint = chutes__env_get("OTEL_EXPORTER_OTLP_ENDPOINT");
    }
    if (own.service_name == NULL) {
        own.service_name = chutes__env_get("OTEL_SERVICE_NAME");
    }
    status = check(&own, error);
    return status == CHUTES_OK ? open_writer(&own, otlp, error) : status;
}

const chutes_tracer *chutes_otlp_tracer(const chutes_otlp *otlp)
{
    return &otlp->tracer;
}

int64_t chutes_otlp_dropped(chutes_otlp *otlp)
{
    return atomic_load(&otlp->dropped);
}

void chutes_otlp_free(chutes_otlp *otlp)
{
    if (otlp == NULL) {
        return;
    }
    (void)chutes_otlp_flush(
        otlp, otlp->timeout_ms < INT32_MAX ? (int)otlp->timeout_ms : INT32_MAX);
    destroy(otlp);
}
