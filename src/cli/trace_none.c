/* SPDX-License-Identifier: MIT */
/* In the place of trace.c if the toolkit isn't a part of the build. */
#include "cli/trace.h"

#include "cli/report.h"

bool cli_trace_open(struct cli_output *output,
                    const struct cli_options *options, chutes_error *error)
{
    (void)output;
    if (options->trace == NULL && !options->traces_content) {
        return true;
    }
    cli_report_fail(error, CHUTES_ERR_UNSUPPORTED,
                    "--trace isn't a part of this build, which was made with "
                    "CHUTES_TOOLKIT=OFF");
    return false;
}

const chutes_tracer *cli_trace_tracer(const struct cli_output *output)
{
    (void)output;
    return NULL;
}

void cli_trace_close(struct cli_output *output)
{
    (void)output;
}
