/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRACE_H
#define CHUTES_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/client.h>
#include <chutes/loop.h>

/*
 * Tracing: a client reports each of its calls as a span, with the names of
 * OpenTelemetry's conventions for generative AI (gen_ai.…), to the `tracer` of
 * its options. Each attempt of a call is a child of that span, with the names
 * of the conventions for HTTP clients. chutes_otlp_tracer() of the toolkit
 * returns a tracer that writes OTLP; a program may also implement its own, for
 * example one that passes the spans on to an OpenTelemetry SDK.
 *
 * The key and the messages of errors, which may repeat a prompt, are never part
 * of a span. Prompts, answers and the arguments and results of tools are
 * included only if the tracer asks for them (include_content).
 */

/** The types of the values of attributes. */
typedef enum chutes_attribute_type {
    CHUTES_ATTRIBUTE_TEXT = 0,   /**< `text` */
    CHUTES_ATTRIBUTE_INT64 = 1,  /**< `integer` */
    CHUTES_ATTRIBUTE_DOUBLE = 2, /**< `number` */
    CHUTES_ATTRIBUTE_BOOL = 3,   /**< `integer`, 0 or 1 */
    CHUTES_ATTRIBUTE_TEXTS = 4   /**< `texts` */
} chutes_attribute_type;

/** A fact about a span or an event. */
typedef struct chutes_attribute {
    const char *name; /**< Such as "gen_ai.request.model". */
    const char *text; /**< NULL for other types. */
    const char *const *texts;
    size_t text_count;
    int64_t integer;
    double number;
    chutes_attribute_type type;
    int reserved;
} chutes_attribute;

/** What a span stands for; the numbers are those of OTLP. */
typedef enum chutes_span_kind {
    CHUTES_SPAN_INTERNAL = 1, /**< Work of the program, such as a tool. */
    CHUTES_SPAN_CLIENT = 3    /**< A call, or an attempt. */
} chutes_span_kind;

/**
 * A call, an attempt of one, or other work, from its beginning to its end. The
 * library owns it; it is valid until the callback `end` returns. Only `data`
 * may be changed. Later versions may append members.
 *
 * The attributes of a call are, as far as they exist: gen_ai.operation.name
 * ("chat", "text_completion", "embeddings" or, for any other function
 * chutes_NAME(), that name), gen_ai.conversation.id (see chutes_call_options),
 * gen_ai.provider.name ("chutes", or "openai" for other hosts),
 * gen_ai.request.model, .max_tokens, .temperature, .top_p, .top_k, .seed,
 * .frequency_penalty, .presence_penalty, .stop_sequences, .choice.count,
 * .stream and .encoding_formats, gen_ai.output.type, server.address and
 * server.port; and at its end gen_ai.response.id, .model, .finish_reasons and
 * .time_to_first_chunk (seconds), gen_ai.usage.input_tokens, .output_tokens,
 * .cache_read.input_tokens, .cache_creation.input_tokens (if it is in the
 * answer or in the last chunk of a stream) and .reasoning.output_tokens,
 * http.response.status_code (of the last attempt that was answered),
 * chutes.attempts, and error.type (the name of `status`).
 *
 * An attempt is one HTTP request, and its span is named after the method, such
 * as "POST". The span begins just before the request is sent. It ends when the
 * attempt has succeeded or failed, before the next attempt or the end of the
 * call. If a call makes several requests at the same time, their attempts
 * overlap. The attributes of an attempt are, from its beginning,
 * http.request.method, server.address, server.port, chutes.attempt (its number
 * within its request), http.request.resend_count (how many attempts were before
 * it, unless none was) and gen_ai.request.model. At its end,
 * http.response.status_code and error.type are added, and chutes.retry_wait_ms
 * if another attempt follows.
 *
 * The attributes of a run of tools are gen_ai.operation.name
 * ("invoke_agent"), gen_ai.provider.name, gen_ai.agent.name,
 * gen_ai.conversation.id, gen_ai.request.model and chutes.run.rounds, but no
 * server, since the run is work of the program; those of a tool
 * gen_ai.operation.name ("execute_tool"), gen_ai.conversation.id and
 * gen_ai.tool.name, .description, .type and .call.id.
 */
typedef struct chutes_span {
    const char *name; /**< Such as "chat MODEL" or "POST". */
    /** 32 hex digits; span_id has 16. The library generates them, except that a
     * child has the trace_id of its parent. */
    const char *trace_id;
    const char *span_id;
    const char *parent_id; /**< "" if the span begins a trace. */
    /** The value of the W3C header of this name, for children of this span. */
    const char *traceparent;
    chutes_span_kind kind;
    /** 0: the program that began the trace doesn't want it recorded. */
    int is_sampled;
    int64_t begin_ns; /**< Unix time in nanoseconds. */
    int64_t end_ns;   /**< 0 before the end. */
    const chutes_attribute *attributes;
    size_t attribute_count;
    chutes_status status; /**< At the end: how the work ended. */
    int reserved;
    void *data; /**< For the tracer's own use; NULL when the span begins. */
} chutes_span;

/**
 * Something that happened during a span:
 *
 * - "first_token", of a call: the first token of a stream has arrived.
 */
typedef struct chutes_span_event {
    const char *name;
    int64_t time_ns; /**< Unix time in nanoseconds. */
    const chutes_attribute *attributes;
    size_t attribute_count;
} chutes_span_event;

/**
 * Receives the beginning or the end of a span.
 *
 * For a call, `begin` runs on the thread that starts it. The other callbacks,
 * including those of its attempts, run on the thread that drives the call or
 * frees its loop. Several threads may run callbacks at once if they make calls
 * at once. No lock is held. A callback may call the library, for example to
 * start or cancel calls, but it must not drive or free the loop of the call,
 * nor pause or free the call. The call waits until the callback returns: a call
 * that is cancelled while an attempt begins doesn't send that attempt.
 *
 * @param span  Never NULL.
 */
typedef void (*chutes_span_fn)(chutes_span *span, void *user_data);

/**
 * Receives an event of a span, between its beginning and its end.
 *
 * @param span   Never NULL.
 * @param event  Valid during the callback only. Later versions may append
 *               members.
 */
typedef void (*chutes_span_event_fn)(chutes_span *span,
                                     const chutes_span_event *event,
                                     void *user_data);

/**
 * A receiver of spans. Initialise it with chutes_tracer_default(). For each
 * `begin` there is one `end`, and the attempts of a call begin and end between
 * those of the call. If memory runs out for the span of an attempt, that span
 * is missing, and the attempt sends the header of the call's. Each callback may
 * be NULL.
 *
 * While a client has a tracer, each attempt sends the header `traceparent` of
 * its own span, except to hosts that don't get the key (see
 * chutes_invoke_params.send_key). A `traceparent` in
 * chutes_client_options.headers replaces that header, and one in the headers of
 * the call itself replaces both.
 */
typedef struct chutes_tracer {
    size_t struct_size; /**< Set by chutes_tracer_default(). */
    chutes_span_fn begin;
    chutes_span_event_fn event;
    chutes_span_fn end;
    /** Passed to the callbacks. It must stay valid until the client, its loops
     * and its streams have been freed. */
    void *user_data;
    /** Non-zero: the spans of chats include the messages, without images and
     * other files, and the tools, as JSON (gen_ai.input.messages,
     * gen_ai.output.messages, gen_ai.tool.definitions); those of text
     * completions include the answer, those of runs the system messages that
     * the conversation starts with (gen_ai.system_instructions), and those of
     * tools gen_ai.tool.call.arguments and .result. Default: 0. */
    int include_content;
    int reserved;
} chutes_tracer;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set a tracer to one that does nothing. Any thread may call this.
 *
 * @param tracer  NULL is ignored.
 * @param size    sizeof(chutes_tracer): the number of bytes written, and the
 *                new struct_size.
 */
CHUTES_API void chutes_tracer_init(chutes_tracer *tracer, size_t size);

/** Return a tracer that does nothing. */
static inline chutes_tracer chutes_tracer_default(void)
{
    chutes_tracer tracer;

    chutes_tracer_init(&tracer, sizeof(tracer));
    return tracer;
}

/**
 * Begin a span of the program's own, for work that includes calls: pass its
 * `traceparent` to the calls in chutes_call_options.traceparent, and they
 * become its children. Any thread may call this; it runs the callback `begin`.
 *
 * @param tracer       Copied. NULL: the result is NULL.
 * @param name         Copied. Must not be NULL.
 * @param traceparent  The parent of the span, as in chutes_call_options. If it
 *                     is NULL or invalid, the span begins a trace.
 * @return The span, to be ended with chutes_span_end(). NULL if memory runs
 *         out; the functions below ignore NULL.
 */
CHUTES_API chutes_span *chutes_span_begin(const chutes_tracer *tracer,
                                          const char *name,
                                          const char *traceparent);

/**
 * Set an attribute of a span, which may be the span of a call inside a
 * callback. If memory runs out, or the span already has 40 attributes, nothing
 * is set. Only one thread at a time may use a span.
 *
 * @param span  NULL is ignored.
 * @param name  Must stay valid until the end of the span. Must not be NULL.
 * @param text  Copied. NULL is ignored.
 */
CHUTES_API void chutes_span_set_text(chutes_span *span, const char *name,
                                     const char *text);

/**
 * Set an attribute of a span to an integer; see chutes_span_set_text(). Only
 * one thread at a time may use a span.
 *
 * @param span  NULL is ignored.
 * @param name  Must stay valid until the end of the span. Must not be NULL.
 * @param value  The integer.
 */
CHUTES_API void chutes_span_set_int64(chutes_span *span, const char *name,
                                      int64_t value);

/**
 * Find an attribute of a span. Only one thread at a time may use a span.
 *
 * @param span  NULL: the result is NULL.
 * @param name  Must not be NULL.
 * @return The attribute, valid until the next one is set; NULL if there is
 *         none.
 */
CHUTES_API const chutes_attribute *chutes_span_find(const chutes_span *span,
                                                    const char *name);

/**
 * End a span that chutes_span_begin() began, and free it. Only one thread at a
 * time may use a span; this runs the callback `end`.
 *
 * @param span    NULL is ignored.
 * @param status  The span's status. Unless it is CHUTES_OK, its name becomes
 *                the attribute error.type.
 */
CHUTES_API void chutes_span_end(chutes_span *span, chutes_status status);

/**
 * Return the tracer of a loop's client. Only the thread that uses the loop may
 * call this.
 *
 * @param loop  Must not be NULL.
 * @return The tracer, valid until the loop is freed; NULL if the client has
 *         none.
 */
CHUTES_API const chutes_tracer *chutes_loop_tracer(const chutes_loop *loop);

/**
 * Return the gen_ai.provider.name of the chats of a loop, for a span of the
 * program's own that stands for several of them, such as that of an agent. Only
 * the thread that uses the loop may call this.
 *
 * @param loop  Must not be NULL.
 * @return A constant: "chutes" if the base_url of the loop's client is one of
 *         Chutes, else "openai".
 */
CHUTES_API const char *chutes_loop_provider(const chutes_loop *loop);

#ifdef __cplusplus
}
#endif

#endif
