/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/utf8.h"
#include "chat/answer_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int note_event(const chutes_chat_event *event, void *log)
{
    assert(chutes__utf8_valid_prefix(event->text, strlen(event->text)) ==
           event->text_len);
    return chutes__buf_appendf(log, "%d %d %s\n", (int)event->type,
                               event->choice_index, event->text) != CHUTES_OK;
}

static struct chutes__buf run(uint8_t flags, const char *bytes, size_t len,
                              size_t step)
{
    struct chutes__chunk chunk = {0};
    struct chutes__buf log;
    const struct chutes__answer_reader_options options = {
        {note_event, &log, 16, 8, 8, 4096, &chunk, flags & 8 ? 2 : 1, false,
         false, (flags & 8) != 0, CHUTES_REASONING_TAGS_OFF},
        8192,
        8192,
        65536,
        flags & 1};
    chutes_chat_response response = {0};
    chutes_status status = CHUTES_OK;
    struct chutes__answer_reader stream;
    struct chutes__arena arena;
    chutes_error error;

    chutes__buf_init(&log, SIZE_MAX);
    chutes__arena_init(&arena);
    chutes__error_clear(&error);
    chutes__answer_reader_init(&stream, &options, &error);
    chutes__answer_reader_content_type(&stream, flags & 2 ? "text/x" : "");
    for (size_t i = 0; i < len && status == CHUTES_OK; i += step) {
        status = chutes__answer_reader_feed(&stream, bytes + i,
                                            len - i < step ? len - i : step);
    }
    if (status == CHUTES_OK) {
        status = chutes__answer_reader_finish(
            &stream, flags & 4 ? CHUTES_ERR_TRUNCATED : CHUTES_OK);
    }
    assert(chutes__accumulator_build(&stream.acc, &arena, &response) ==
           CHUTES_OK);
    assert(chutes__buf_appendf(&log, "%d %d %zu %s %s", (int)status,
                               (int)stream.end, response.warning_count,
                               response.raw_json, error.message) == CHUTES_OK);
    chutes__answer_reader_dispose(&stream);
    chutes__chunk_dispose(&chunk);
    chutes__arena_dispose(&arena);
    return log;
}

/* The result is the same whether a body, which follows a byte of flags, is fed
 * whole or byte by byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        const char *body = (const char *)data + 1;
        struct chutes__buf whole = run(*data, body, size - 1, size);
        struct chutes__buf cut = run(*data, body, size - 1, 1);

        assert(whole.len == cut.len &&
               memcmp(whole.data, cut.data, whole.len) == 0);
        chutes__buf_dispose(&whole);
        chutes__buf_dispose(&cut);
    }
    return 0;
}
