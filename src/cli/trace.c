/* SPDX-License-Identifier: MIT */
/* The option --trace: writes the spans of a command to a file. */
#include "cli/trace.h"

#include "cli/report.h"

#include <inttypes.h>
#include <stdlib.h>

/* Returns NULL if the variable is empty, too. */
static const char *find_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool cli_trace_open(struct cli_output *output,
                    const struct cli_options *options, chutes_error *error)
{
    chutes_otlp_params params = chutes_otlp_params_default();
    const char *source = options->trace != NULL ? "--trace" : "CHUTES_TRACE";
    chutes_error why;

    params.path =
        options->trace != NULL ? options->trace : find_variable(source);
    if (params.path == NULL && options->traces_content) {
        cli_report_fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "--trace-content needs --trace or CHUTES_TRACE");
        return false;
    }
    if (params.path == NULL || output->trace != NULL) {
        return true;
    }
    params.service_name = find_variable("OTEL_SERVICE_NAME");
    if (params.service_name == NULL) {
        params.service_name = "chutes";
    }
    params.include_content = options->traces_content ? 1 : 0;
    if (chutes_otlp_new(&params, &output->trace, &why) != CHUTES_OK) {
        cli_report_fail(error, why.status, "%s %s: %s", source, params.path,
                        why.message);
        return false;
    }
    return true;
}

const chutes_tracer *cli_trace_tracer(const struct cli_output *output)
{
    return output->trace != NULL ? chutes_otlp_tracer(output->trace) : NULL;
}

void cli_trace_close(struct cli_output *output)
{
    int64_t lost =
        output->trace != NULL ? chutes_otlp_dropped(output->trace) : 0;

    if (lost > 0) {
        cli_complain(output, "%" PRId64 " %s of the trace %s not written", lost,
                     lost == 1 ? "span" : "spans", lost == 1 ? "was" : "were");
    }
    chutes_otlp_free(output->trace);
    output->trace = NULL;
}
