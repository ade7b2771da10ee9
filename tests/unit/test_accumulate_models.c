/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "chat/accumulate.h"
#include "chat_log.h"

/* A chunk that is like an earlier one must have the effect of one that is
 * parsed. Each stream is applied twice: as it is, and with a member in each
 * chunk that no other chunk has, so that none is like another. */

enum { CHUNKS = 40, ROOM = 1024, STYLES = 3, STREAMS = 4000 };

static uint32_t random_state;

static uint32_t below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 16) % limit;
}

static bool is_rare(void)
{
    return below(12) == 0;
}

#define PICK(values) (values)[below(COUNT(values))]

static const char *const TEXTS[] = {
    "a", " bc", "\\n", "\\u00e9", "\xC3\xA9", "", "\\ud83d", "\\ude00", "\xC3"};

/* What the chunks of one kind have in common. */
struct style {
    uint32_t id;      /* of ID_KINDS */
    uint32_t index;   /* of INDEX_KINDS */
    uint32_t delta;   /* of DELTA_KINDS */
    uint32_t created; /* of CREATED_KINDS */
    bool has_model;
    bool has_usage;
    bool has_padding;
    bool has_logprobs;
};

enum { ID_NONE, ID_FIXED, ID_OTHER, ID_EMPTY, ID_OWN, ID_KINDS };
enum { CREATED_NONE, CREATED_FIXED, CREATED_COUNTS, CREATED_KINDS };
enum { INDEX_NONE, INDEX_0, INDEX_1, INDEX_EITHER, INDEX_COUNTS, INDEX_KINDS };
enum {
    CONTENT,
    REASONING,
    BOTH,
    EMPTY_AND_REASONING,
    REASONING_AND_TEXT,
    REASONING_BESIDE_TEXT,
    BARE_ARGUMENTS,
    CONTENT_AND_CALL,
    ARGUMENTS,
    CONTENT_AND_ARGUMENTS,
    NOTHING,
    ROLE,
    FINISH,
    DELTA_KINDS
};

static struct style make_style(void)
{
    struct style style = {
        .id = below(ID_KINDS),
        .index = below(INDEX_KINDS),
        .delta = below(ARGUMENTS + 2),
        .created = below(CREATED_KINDS),
        .has_model = below(2) == 0,
        .has_usage = below(4) == 0,
        .has_padding = below(4) == 0,
        .has_logprobs = below(4) == 0,
    };

    return style;
}

static void write_id(FILE *out, uint32_t kind, int number)
{
    static const char *const ids[ID_KINDS] = {
        [ID_FIXED] = "a", [ID_OTHER] = "b", [ID_EMPTY] = ""};

    if (kind == ID_OWN) {
        (void)fprintf(out, "\"id\":\"%d\",", number);
    } else if (kind != ID_NONE) {
        (void)fprintf(out, "\"id\":\"%s\",", ids[kind]);
    }
}

static void write_index(FILE *out, uint32_t kind, int number)
{
    if (kind == INDEX_COUNTS) {
        (void)fprintf(out, "\"index\":%d,", number);
    } else if (kind != INDEX_NONE) {
        (void)fprintf(out, "\"index\":%u,",
                      kind == INDEX_EITHER ? below(2) : kind == INDEX_1);
    }
}

static void write_delta(FILE *out, uint32_t kind)
{
    switch (kind) {
    case CONTENT:
        (void)fprintf(out, "\"content\":\"%s\"", PICK(TEXTS));
        break;
    case REASONING:
        (void)fprintf(out, "\"content\":null,\"reasoning\":\"%s\"",
                      PICK(TEXTS));
        break;
    case BOTH:
        (void)fprintf(out, "\"reasoning\":\"%s\",\"content\":\"%s\"",
                      PICK(TEXTS), PICK(TEXTS));
        break;
    case EMPTY_AND_REASONING:
        (void)fprintf(out, "\"content\":\"\",\"reasoning\":\"%s\"",
                      PICK(TEXTS));
        break;
    case REASONING_AND_TEXT:
        (void)fprintf(out, "\"reasoning\":\"%s\",\"text\":\"%s\"", PICK(TEXTS),
                      PICK(TEXTS));
        break;
    case REASONING_BESIDE_TEXT: /* which is behind the delta */
        (void)fprintf(out, "\"reasoning\":\"%s\"", PICK(TEXTS));
        break;
    case BARE_ARGUMENTS:
        (void)fprintf(out,
                      "\"tool_calls\":[{\"index\":%u,\"function\":{"
                      "\"arguments\":\"%s\"}}]",
                      below(2), PICK(TEXTS));
        break;
    case CONTENT_AND_CALL:
        (void)fprintf(out, "\"content\":\"%s\",\"tool_calls\":[{\"index\":1}]",
                      PICK(TEXTS));
        break;
    case CONTENT_AND_ARGUMENTS:
        (void)fprintf(out, "\"content\":\"%s\",", PICK(TEXTS));
        /* fall through */
    case ARGUMENTS:
        (void)fprintf(out,
                      "\"tool_calls\":[{\"index\":%u,\"id\":\"c%u\",\"function"
                      "\":{\"name\":\"f\",\"arguments\":\"%s\"}}]",
                      below(2), below(2), PICK(TEXTS));
        break;
    case ROLE:
        (void)fputs("\"role\":\"assistant\",\"content\":\"\"", out);
        break;
    default:
        break;
    }
}

static void write_logprobs(FILE *out)
{
    (void)fputs(",\"logprobs\":{\"content\":[", out);
    for (uint32_t i = below(3); i > 0; i--) {
        (void)fprintf(out,
                      "{\"token\":\"%s\",\"logprob\":-%u.5,\"bytes\":[%u],"
                      "\"top_logprobs\":[{\"token\":\"%s\"}]}%s",
                      PICK(TEXTS), below(20), below(300), PICK(TEXTS),
                      i > 1 ? "," : "");
    }
    (void)fputs("]}", out);
}

/* `extra` is a member that makes the chunk unlike all others, or "". */
static void write_chunk(char text[ROOM], const struct style *style, int number,
                        const char *extra)
{
    FILE *out = fmemopen(text, ROOM, "w");

    assert_non_null(out);
    (void)fprintf(out, "{%s", extra);
    write_id(out, style->id, number);
    if (style->created != CREATED_NONE) {
        (void)fprintf(out, "\"created\":%d%s,",
                      style->created == CREATED_FIXED ? 17 : number / 8,
                      style->created == CREATED_COUNTS && number % 2 == 1 ? ".5"
                                                                          : "");
    }
    if (style->has_model) {
        (void)fputs("\"model\":\"m\",", out);
    }
    (void)fputs("\"choices\":[{", out);
    write_index(out, style->index, number);
    (void)fputs("\"delta\":{", out);
    write_delta(out, style->delta);
    (void)fputc('}', out);
    if (style->delta == REASONING_BESIDE_TEXT) {
        (void)fprintf(out, ",\"text\":\"%s\"", PICK(TEXTS));
    }
    if (style->has_logprobs) {
        write_logprobs(out);
    }
    (void)fprintf(out, ",\"finish_reason\":%s}]",
                  style->delta == FINISH ? "\"stop\"" : "null");
    if (style->has_usage) {
        (void)fprintf(out,
                      ",\"usage\":{\"prompt_tokens\":%u,\"x\":%u,"
                      "\"completion_tokens_details\":{\"reasoning_tokens\":"
                      "%u}}",
                      below(200), is_rare(), below(2));
    }
    if (style->has_padding) {
        (void)fprintf(out, ",\"obfuscation\":\"%.*s\"", (int)below(5), "abcde");
    }
    (void)fputc('}', out);
    (void)fclose(out);
}

/* What receives the events of a stream, and pauses after some. */
struct receiver {
    struct chutes__accumulator acc;
    FILE *log;
    uint32_t pauses;
    uint32_t count;
};

static int take_event(const chutes_chat_event *event, void *user_data)
{
    struct receiver *receiver = user_data;

    chat_log_event(receiver->log, event);
    receiver->count++;
    if (receiver->pauses > 0 && receiver->count % receiver->pauses == 0) {
        chutes__accumulator_pause(&receiver->acc);
    }
    return 0;
}

static chutes_status apply(struct receiver *receiver, const char *chunk)
{
    struct chutes__accumulator *acc = &receiver->acc;
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    status = chutes__accumulator_apply(acc, chunk, strlen(chunk),
                                       CHUTES__DATA_CHUNK, &error);
    while (status == CHUTES_OK && acc->has_rest) {
        (void)fputs("resume\n", receiver->log);
        status = chutes__accumulator_resume(acc, &error);
    }
    (void)fprintf(receiver->log, "%d\n", (int)status);
    return status;
}

static void log_answer(FILE *log, struct chutes__accumulator *acc)
{
    chutes_chat_response response = {0};
    struct chutes__arena arena;

    chutes__arena_init(&arena);
    assert_int_equal(chutes__accumulator_build(acc, &arena, &response),
                     CHUTES_OK);
    chat_log_response(log, &response);
    chutes__arena_dispose(&arena);
}

static void set_up(struct receiver *receiver, uint32_t number,
                   struct chutes__chunk *scratch)
{
    const struct chutes__accumulator_options options = {
        take_event, receiver,        64,      128,
        128,        1 << 16,         scratch, number % 3,
        false,      number % 5 == 0, false,   CHUTES_REASONING_TAGS_OFF};

    chutes__accumulator_init(&receiver->acc, &options);
    receiver->pauses = number % 7;
}

/* Applies the stream of this number. Returns what was reported, which the
 * caller frees, and adds to *routed how many chunks took the short way. */
static char *run(uint32_t number, bool is_parsed, size_t *routed)
{
    struct chutes__chunk scratch = {0};
    struct receiver receiver = {.count = 0};
    char *text = NULL;
    size_t size;
    struct style styles[STYLES];
    chutes_status status = CHUTES_OK;

    receiver.log = open_memstream(&text, &size);
    assert_non_null(receiver.log);
    random_state = number;
    for (size_t i = 0; i < STYLES; i++) {
        styles[i] = make_style();
    }
    set_up(&receiver, number, &scratch);
    for (int i = 1; i < CHUNKS && status == CHUTES_OK; i++) {
        struct style style = is_rare() ? make_style() : PICK(styles);
        struct chutes__accumulator_model *model;
        char extra[ROOM] = "";
        char chunk[ROOM];

        style.delta = is_rare() ? below(DELTA_KINDS) : style.delta;
        if (is_parsed) {
            (void)snprintf(extra, sizeof(extra), "\"x\":%d,", i);
        }
        write_chunk(chunk, &style, i, extra);
        status = apply(&receiver, chunk);
        model = receiver.acc.last_model;
        *routed +=
            model != NULL && (model->choice != NULL || model->choices != 0);
    }
    log_answer(receiver.log, &receiver.acc);
    chutes__accumulator_dispose(&receiver.acc);
    chutes__chunk_dispose(&scratch);
    (void)fclose(receiver.log);
    return text;
}

static void
a_chunk_like_another_has_the_effect_of_one_that_is_parsed(void **state)
{
    size_t routed[2] = {0};

    (void)state;
    for (uint32_t i = 1; i <= STREAMS; i++) {
        char *like = run(i, false, &routed[0]);
        char *parsed = run(i, true, &routed[1]);

        if (strcmp(like, parsed) != 0) {
            fail_msg("stream %u:\n%s\nparsed:\n%s", i, like, parsed);
        }
        free(like);
        free(parsed);
    }
    assert_int_equal(routed[1], 0);
    assert_true(routed[0] > STREAMS * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_chunk_like_another_has_the_effect_of_one_that_is_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
