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
 * A span that can't be written is counted (chutes_otlp_dropped()). A call
 * never fails because of that, nor does it wait for a collector: nothing is
 * sent but in the callbacks, which do what is possible without waiting, and in
 * chutes_otlp_flush() and chutes_otlp_free(). Any number of clients may share a
 * writer.
 *
 * In the child of a fork(), a writer that was made before appends to its file,
 * but sends nothing to a collector: spans are counted as dropped, and
 * chutes_otlp_free() only frees memory.
 */
typedef struct chutes_otlp chutes_otlp;

/** Parameters of a writer. Initialise them with chutes_otlp_params_default().
 * All strings are copied. */
typedef struct chutes_otlp_params {
    size_t struct_size; /**< Set by chutes_otlp_params_default(). */

    /** A regular file, to which each span is appended as a line of its own:
     * OTLP/JSON as collectors read it from files. Processes may share it. Pipes
     * and devices are refused, because writing to them may wait. */
    const char *path;
    /** The URL of a collector, such as "http://127.0.0.1:4318", to which spans
     * are posted in batches, at v1/traces. NULL: OTEL_EXPORTER_OTLP_ENDPOINT
     * from the environment. Excludes `path`; one of them is required. */
    const char *endpoint;
    const chutes_header *headers; /**< For the collector. */
    size_t header_count;          /**< At most 1024. */
    size_t header_size; /**< sizeof(chutes_header), set by _default(). */

    /** The attribute service.name. NULL: OTEL_SERVICE_NAME from the
     * environment, or "unknown_service". */
    const char *service_name;
    /** Spans that wait for the collector, in bytes of JSON, at least 4 096.
     * Further ones are dropped. Default: 4 MiB. */
    size_t max_queue_bytes;
    /** For sending a batch, with its retries; then its spans are dropped. A
     * time without a callback or chutes_otlp_flush() counts as at most 50 ms. A
     * batch of which nothing was sent waits again instead, if max_queue_bytes
     * allows. 1 or more. Default: 10 000. */
    int64_t timeout_ms;
    /** Non-zero: http to collectors on other hosts. Default: 0. */
    int allow_insecure_http;
    /** Non-zero: spans have the content; see chutes_tracer. Default: 0. */
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
 * Make a writer. Any thread may call this. A file is opened, and made if it
 * isn't there, readable only for its owner; a collector isn't contacted.
 *
 * @param params  Copied. Must not be NULL.
 * @param otlp    Receives the writer, or NULL on failure. The caller owns it
 *                and frees it with chutes_otlp_free(). Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field);
 *         CHUTES_ERR_FILE; CHUTES_ERR_NO_MEMORY; or what chutes_client_new()
 *         returned for the endpoint.
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
 * Send what waits to the collector. Any thread may call this, for example from
 * time to time in a program whose calls are rare.
 *
 * @param otlp        With a file, there is nothing to do. Must not be NULL.
 * @param timeout_ms  How long to wait for the collector, and for a thread that
 *                    flushes already.
 * @return CHUTES_OK; CHUTES_ERR_TIMEOUT: some spans still wait, or the last
 *         batch took too long; CHUTES_ERR_MISUSE: the writer is for a collector
 *         and was made before fork(); or the failure of the last batch, whose
 *         spans were dropped or, if they weren't sent, wait again.
 */
CHUTES_API chutes_status chutes_otlp_flush(chutes_otlp *otlp, int timeout_ms);

/**
 * Count the spans that were not written, or perhaps not, because the queue was
 * full, the collector or the file failed, or memory ran out. Any thread may
 * call this.
 *
 * @param otlp  Must not be NULL.
 */
CHUTES_API int64_t chutes_otlp_dropped(chutes_otlp *otlp);

/**
 * Free a writer, after chutes_otlp_flush() with the timeout of a batch. All
 * clients with its tracer, their loops and streams must have been freed. Spans
 * that couldn't be sent are lost. Any thread may call this.
 *
 * @param otlp  NULL is ignored.
 */
CHUTES_API void chutes_otlp_free(chutes_otlp *otlp);

#ifdef __cplusplus
}
#endif

#endif
