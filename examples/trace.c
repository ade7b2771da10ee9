/* SPDX-License-Identifier: MIT */
/*
 * Write a trace of a program, for OpenTelemetry: trace FILE [PROMPT]
 * With "-" in place of the file, spans go to the collector that the variable
 * OTEL_EXPORTER_OTLP_ENDPOINT names.
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes a call within a span of the program's own. */
static chutes_status ask(chutes_client *client, const chutes_tracer *tracer,
                         const char *prompt, chutes_error *error)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message = chutes_user(prompt);
    chutes_span *span = chutes_span_begin(tracer, "answer a question", NULL);
    chutes_call_options options = chutes_call_options_default();
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_status status;

    options.traceparent = span != NULL ? span->traceparent : NULL;
    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    params.call_options = &options;
    status = chutes_chat(client, &params, &response, error);
    if (status == CHUTES_OK) {
        puts(chutes_chat_response_text(response));
    }
    chutes_chat_response_free(response);
    chutes_span_end(span, status);
    return status;
}

int main(int argc, char **argv)
{
    chutes_otlp_params params = chutes_otlp_params_default();
    chutes_client_options options = chutes_client_options_default();
    chutes_otlp *otlp = NULL;
    chutes_client *client = NULL;
    chutes_error error;
    chutes_status status;

    if (argc > 1 && strcmp(argv[1], "-") != 0) {
        params.path = argv[1];
    }
    params.service_name = "example";
    status = chutes_otlp_new(&params, &otlp, &error);
    if (status == CHUTES_OK) {
        options.tracer = chutes_otlp_tracer(otlp);
        status = chutes_client_new(&options, &client, &error);
    }
    if (status == CHUTES_OK) {
        status = ask(client, options.tracer,
                     argc > 2 ? argv[2] : "What is a span?", &error);
    }
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    chutes_client_free(client);
    chutes_otlp_free(otlp); /* sends what is left */
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
