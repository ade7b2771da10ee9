/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_SNAPSHOT_H
#define CHUTES_CHAT_SNAPSHOT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* X5: returns what a snapshot adds to the text so far. Some servers trim their
 * snapshots, so leading blanks don't count. A snapshot that contradicts the
 * text is returned as a whole, so that nothing is lost. */
struct chutes__slice chutes__snapshot_news(const struct chutes__buf *text,
                                           const struct chutes__buf *snapshot);

/* Returns true if the snapshot, which isn't empty, is the end of the text: it
 * omits the reasoning at its beginning, or all but the last piece. */
bool chutes__snapshot_is_tail(const struct chutes__buf *text,
                              const struct chutes__buf *snapshot);

#endif
