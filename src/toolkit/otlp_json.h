/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_OTLP_JSON_H
#define CHUTES_TOOLKIT_OTLP_JSON_H

#include <chutes/trace.h>

#include "base/buf.h"

/* Each of these appends one JSON object; on failure, perhaps a part of it. */

/* `events` are what chutes__otlp_append_event() wrote, with commas between
 * them; "": none. */
chutes_status chutes__otlp_append_span(struct chutes__buf *buf,
                                       const chutes_span *span,
                                       const char *events)
    __attribute__((warn_unused_result));

chutes_status chutes__otlp_append_event(struct chutes__buf *buf,
                                        const chutes_span_event *event)
    __attribute__((warn_unused_result));

/* Begins an ExportTraceServiceRequest. Spans follow, with commas between them,
 * and the tail. */
chutes_status chutes__otlp_append_head(struct chutes__buf *buf,
                                       const char *service_name)
    __attribute__((warn_unused_result));
#define CHUTES__OTLP_TAIL "]}]}]}"

#endif
