/* SPDX-License-Identifier: MIT */
/* Reads the segments and the words of a transcript. */
#include "codec/transcribe.h"

#include <string.h>

#include "base/error.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"

enum piece_field { PIECE_START, PIECE_END, PIECE_TEXT, PIECE_COUNT };

/* An entry with all of its members has at least this length, so the memory for
 * the entries is proportional to what was received. */
enum { MIN_PIECE = sizeof("{\"start\":0,\"end\":0,\"text\":\"\"}") - 1 };

static chutes_status read_piece(const struct chutes__pieces *pieces,
                                struct chutes__json_reader *reader,
                                chutes_transcript_piece *piece,
                                chutes_error *error)
{
    const struct chutes__slice names[PIECE_COUNT] = {
        [PIECE_START] = CHUTES__FIELD("start"),
        [PIECE_END] = CHUTES__FIELD("end"),
        [PIECE_TEXT] = chutes__slice_of(pieces->text),
    };
    struct chutes__json_value values[PIECE_COUNT];

    (void)chutes__fields_read(names, PIECE_COUNT, reader, values);
    if (!chutes__endpoint_to_number(&values[PIECE_START], &piece->start) ||
        !chutes__endpoint_to_number(&values[PIECE_END], &piece->end) ||
        values[PIECE_TEXT].type != CHUTES__JSON_STRING) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "%s[%zu]: not an object with start, end and %s",
                            pieces->name, pieces->count, pieces->text);
    }
    return chutes__endpoint_keep_text(&values[PIECE_TEXT], pieces->arena,
                                      &piece->text, error);
}

chutes_status chutes__pieces_read(struct chutes__pieces *pieces,
                                  const struct chutes__json_value *value,
                                  chutes_error *error)
{
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;
    size_t count;

    if (value->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    count = chutes__elements_count(value->text);
    if (count > value->text.len / MIN_PIECE) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "%s: entries without start, end or %s",
                            pieces->name, pieces->text);
    }
    pieces->list =
        chutes__arena_alloc_list(pieces->arena, count, sizeof(**pieces->list));
    if (pieces->list == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__elements_open(&reader, value->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        status =
            read_piece(pieces, &reader, pieces->list[pieces->count], error);
        pieces->count++;
    }
    return status;
}

chutes_status chutes__pieces_join(const struct chutes__pieces *pieces,
                                  chutes_transcript *transcript,
                                  chutes_error *error)
{
    size_t len = 0;
    char *text;
    char *end;

    for (size_t i = 0; i < pieces->count; i++) {
        len += strlen(pieces->list[i]->text);
    }
    text = chutes__arena_alloc(pieces->arena, len + 1, 1);
    if (text == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    end = text;
    for (size_t i = 0; i < pieces->count; i++) {
        end = stpcpy(end, pieces->list[i]->text);
    }
    transcript->text = text;
    transcript->text_len = len;
    return CHUTES_OK;
}
