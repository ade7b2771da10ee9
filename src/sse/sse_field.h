/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_SSE_FIELD_H
#define CHUTES_SSE_SSE_FIELD_H

#include <stddef.h>

#include "sse/sse_state.h"

/* What sse.c and sse_field.c share. */

#define CHUTES__SSE_LINE_LIMIT "max_line_bytes"
#define CHUTES__SSE_EVENT_LIMIT "max_event_bytes"

/* Stores the status and, for CHUTES_ERR_TOO_LARGE, the exceeded limit. Returns
 * the parser's status, as the other functions here do. */
chutes_status chutes__sse_set_status(struct chutes__sse *sse,
                                     chutes_status status, const char *limit);

/* Handles one line, which is not empty. */
chutes_status chutes__sse_handle_line(struct chutes__sse *sse,
                                      const char *bytes, size_t len);

/* Copies the data line that still points into the chunk or the line buffer,
 * before either is reused. */
chutes_status chutes__sse_save_data(struct chutes__sse *sse);

/* Reports JSON that is still open: no more of it follows. */
chutes_status chutes__sse_flush_residue(struct chutes__sse *sse);

#endif
