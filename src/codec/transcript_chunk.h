/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TRANSCRIPT_CHUNK_H
#define CHUTES_CODEC_TRANSCRIPT_CHUNK_H

#include <stdbool.h>

#include "codec/transcript_text.h"

/* How the parts ended into which vLLM splits the audio. */
struct chutes__transcript_parts {
    bool hides_text;  /* there is text in an unknown form */
    bool is_finished; /* the latest part has a finish_reason */
    bool was_cut;     /* a part ended at the length limit */
    bool has_failed;  /* a part ended for another bad reason: */
    char reason[32];
};

/* Reads the choices of a chunk, an array. Fails as
 * chutes__transcript_text_append() does. */
chutes_status
chutes__transcript_chunk_read(const struct chutes__json_value *choices,
                              struct chutes__transcript_text *text,
                              struct chutes__transcript_parts *parts,
                              chutes_error *error);

/* Fails with CHUTES_ERR_PROTOCOL, _STREAM or _TRUNCATED if something is missing
 * from the text or from a part that has ended, and describes the failure. */
chutes_status
chutes__transcript_parts_check(const struct chutes__transcript_parts *parts,
                               chutes_error *error);

#endif
