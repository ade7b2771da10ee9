/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_OTLP_H
#define CHUTES_OTLP_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/trace.h>

/**
 * A tracer that writes spans as OTLP/JSON, to a file or to an OpenTelemetry
 * collector:
 *
 *     chutes_otlp_params params = chutes_otlp_params_default();
 *     params.path = "trace.jsonl";
 *     status = chutes_otlp_new(&params, &otlp, &error);
 *     options.tracer = chutes_otlp_tracer(otlp);
 *     … (make the client, use it and free it)
 *     chutes_otlp_free(otlp);
 *
 * A span that can't be written is dropped and counted (chutes_otlp_dropped()).
 * This never makes a call fail, and a call never waits for a collector: spans
 * are sent inside the tracer's callbacks, as far as that is possible without
 * waiting, and inside chutes_otlp_flush() and chutes_otlp_free(). Any number of
 * clients may share a writer.
 *
 * In the child of a fork(), the parent's writer still appends to its file, but
 * sends nothing to a collector: it counts the spans as dropped, and
 * chutes_otlp_free() only frees memory.
 */
typedef struct chutes_otlp chutes_otlp;

/** Parameters of a writer. Initialise them with chutes_otlp_params_default().
 * All strings are copied. */
typedef struct chutes_otlp_params {
    size_t struct_size; /**< Set by chutes_otlp_params_default(). */

    /** A regular file. Each span is appended to it as one line of OTLP/JSON,
     * which is the form that collectors read from files. Several processes may
     * share the file. Pipes and devices are refused, because writing to them
     * may block. */
    const char *path;
    /** The URL of a collector, such as "http://127.0.0.1:4318". Spans are
     * posted in batches to v1/traces below it. NULL:
     * OTEL_EXPORTER_OTLP_ENDPOINT from the environment, unless `path` is set.
     * Exactly one of `path` and `endpoint` is required. */
    const char *endpoint;
    const chutes_header *headers; /**< Sent to the collector. */
    size_t header_count;          /**< At most 1024. */
    size_t header_size; /**< sizeof(chutes_header), set by _default(). */

    /** The attribute service.name. NULL: OTEL_SERVICE_NAME from the
     * environment, or "unknown_service". */
    const char *service_name;
    /** How many bytes of JSON may wait for the collector, at least 4 096. Spans
     * beyond this limit are dropped. Default: 4 MiB. */
    size_t max_queue_bytes;
    /** How long sending a batch may take, including retries. After that, its
     * spans are dropped or, if nothing of the batch was sent, queued again as
     * far as max_queue_bytes allows. A period without a callback or
     * chutes_otlp_flush() counts as at most 50 ms. 1 or more. Default:
     * 10 000. */
    int64_t timeout_ms;
    /** Non-zero: allow http to collectors on other hosts. Default: 0. */
    int allow_insecure_http;
    /** Non-zero: spans include the messages; see include_content of
     * chutes_tracer. Default: 0. */
    int include_content;
} chutes_otlp_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_otlp_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_otlp_params_init(chutes_otlp_params *params,
                                        size_t size);

/** Return parameters set to their defaults. */
static inline chutes_otlp_params chutes_otlp_params_default(void)
{
    chutes_otlp_params params;

    chutes_otlp_params_init(&params, sizeof(params));
    return params;
}

/**
 * Create a writer. Any thread may call this. It opens the file, or creates it
 * with access for its owner only; it doesn't contact a collector.
 *
 * @param params  Copied. Must not be NULL.
 * @param otlp    Receives the writer, or NULL on failure. The caller owns it
 *                and frees it with chutes_otlp_free(). Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field);
 *         CHUTES_ERR_FILE; CHUTES_ERR_NO_MEMORY; or a status of
 *         chutes_client_new() or chutes_loop_new() for the endpoint.
 */
CHUTES_API chutes_status chutes_otlp_new(const chutes_otlp_params *params,
                                         chutes_otlp **otlp,
                                         chutes_error *error);

/**
 * Return the tracer, for chutes_client_options. Any thread may call this.
 *
 * @param otlp  Must not be NULL.
 * @return The tracer, valid until the writer is freed.
 */
CHUTES_API const chutes_tracer *chutes_otlp_tracer(const chutes_otlp *otlp);

/**
 * Send the queued spans to the collector. Any thread may call this. A program
 * whose calls are rare should call it from time to time.
 *
 * @param otlp        A writer for a file has nothing to send. Must not be NULL.
 * @param timeout_ms  How long to wait for the collector, and for another thread
 *                    that is flushing already. 0 or less: about 50 ms.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_TIMEOUT: some
 *         spans are still queued, or the last batch took too long;
 *         CHUTES_ERR_MISUSE: the writer is for a collector and was created
 *         before fork(); or the failure of the last batch, whose spans were
 *         dropped or, if nothing was sent, queued again.
 */
CHUTES_API chutes_status chutes_otlp_flush(chutes_otlp *otlp, int timeout_ms);

/**
 * Return the number of spans that were not written, or may not have been,
 * because the queue was full, the collector or the file failed, or memory ran
 * out. Any thread may call this.
 *
 * @param otlp  Must not be NULL.
 * @return The number of spans since the writer was created.
 */
CHUTES_API int64_t chutes_otlp_dropped(chutes_otlp *otlp);

/**
 * Flush a writer for at most the timeout_ms of its parameters, and free it. All
 * clients that use its tracer, and their loops and streams, must have been
 * freed before. Spans that can't be sent are lost. Any thread may call this.
 *
 * @param otlp  NULL is ignored.
 */
CHUTES_API void chutes_otlp_free(chutes_otlp *otlp);

#ifdef __cplusplus
}
#endif

#endif
