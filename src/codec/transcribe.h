/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TRANSCRIBE_H
#define CHUTES_CODEC_TRANSCRIBE_H

#include <chutes/transcribe.h>

#include "codec/endpoint.h"

/* Adds the members of a chute's request for a transcript. */
void chutes__transcribe_add(struct chutes__encoder *encoder,
                            const void *of_transcribe);

/* Returns what is wrong with the parameters of a form, or NULL. */
const char *
chutes__transcribe_find_mistake(const chutes_transcribe_params *params);

/* Makes the form that all other servers require. */
chutes_status chutes__transcribe_make_form(const void *of_transcribe,
                                           struct chutes__arena *arena,
                                           struct chutes__endpoint_form *form,
                                           chutes_error *error)
    __attribute__((warn_unused_result));

/* The segments or the words of a transcript. The caller sets the first three
 * members and zeroes the others. */
struct chutes__pieces {
    const char *name; /* what messages call them, such as "segments" */
    const char *text; /* the member with their text: "text" or "word" */
    struct chutes__arena *arena;
    chutes_transcript_piece **list; /* NULL: there are none */
    size_t count;
};

/* Reads an array; any other value counts as an empty one. Describes a
 * failure. */
chutes_status chutes__pieces_read(struct chutes__pieces *pieces,
                                  const struct chutes__json_value *value,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* Stores the texts of all pieces, joined, as that of the transcript. Fails with
 * CHUTES_ERR_NO_MEMORY, and describes that. */
chutes_status chutes__pieces_join(const struct chutes__pieces *pieces,
                                  chutes_transcript *transcript,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* Reads an answer that is JSON. Describes a failure. */
chutes_status
chutes__transcript_read_json(const struct chutes__endpoint_answer *answer,
                             chutes_transcript *transcript, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
