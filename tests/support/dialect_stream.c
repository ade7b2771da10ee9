/* SPDX-License-Identifier: MIT */
#include "dialect.h"

#include <inttypes.h>
#include <string.h>

enum stage { ROLE, REASONING, CONTENT, CALLS, FINISH, OVER };

/* How much of a choice was written. */
struct cursor {
    const struct dialect_choice *choice;
    size_t index;
    enum stage stage;
    size_t piece;
    size_t call_pieces[DIALECT_CALLS];
    bool begun[DIALECT_CALLS];
};

/* Consecutive pieces of a text; none if `text` is NULL. */
struct span {
    const struct dialect_text *text;
    size_t begin;
    size_t end;
};

struct call_delta {
    const struct dialect_call *call;
    size_t index;
    bool is_first;
    struct span arguments;
};

struct delta {
    bool is_first;
    bool is_last;
    struct span reasoning;
    struct span content;
    struct call_delta calls[2];
    size_t call_count;
};

struct writer {
    const struct dialect_answer *answer;
    FILE *out;
    uint64_t *random;
    struct cursor cursors[DIALECT_CHOICES];
    bool has_parallel_calls;
    const char *line_end;
    const char *data;
    int64_t tokens;
};

/* ---- what a choice sends next -------------------------------------------- */

static bool has_more_calls(const struct cursor *cursor, size_t i)
{
    return !cursor->begun[i] ||
           cursor->call_pieces[i] < cursor->choice->calls[i].arguments.count;
}

static bool is_stage_over(const struct cursor *cursor)
{
    const struct dialect_choice *choice = cursor->choice;

    switch (cursor->stage) {
    case REASONING:
        return cursor->piece == choice->reasoning.count;
    case CONTENT:
        return cursor->piece == choice->content.count;
    case CALLS:
        for (size_t i = 0; i < choice->call_count; i++) {
            if (has_more_calls(cursor, i)) {
                return false;
            }
        }
        return true;
    default:
        return false;
    }
}

static void next_stage(struct cursor *cursor)
{
    cursor->stage++;
    cursor->piece = 0;
}

static struct span take_pieces(const struct writer *writer,
                               const struct dialect_text *text, size_t *piece)
{
    struct span span = {text, *piece, *piece};
    size_t left = text->count - *piece;

    if (left > 0) {
        span.end += 1 + dialect_pick(writer->random, left < 3 ? left : 3);
        *piece = span.end;
    }
    return span;
}

static void take_call(const struct writer *writer, struct cursor *cursor,
                      size_t i, struct delta *delta)
{
    struct call_delta *part = &delta->calls[delta->call_count];

    delta->call_count++;
    part->call = &cursor->choice->calls[i];
    part->index = i;
    part->is_first = !cursor->begun[i];
    cursor->begun[i] = true;
    if (!part->is_first || dialect_once_in(writer->random, 3)) {
        part->arguments = take_pieces(writer, &part->call->arguments,
                                      &cursor->call_pieces[i]);
    }
}

/* Writes the tool calls one after the other, or several in turns. */
static void take_calls(const struct writer *writer, struct cursor *cursor,
                       struct delta *delta)
{
    for (size_t i = 0; i < cursor->choice->call_count; i++) {
        if (delta->call_count < 2 && has_more_calls(cursor, i)) {
            take_call(writer, cursor, i, delta);
            if (!writer->has_parallel_calls) {
                return;
            }
        }
    }
}

static struct delta take_delta(const struct writer *writer,
                               struct cursor *cursor)
{
    struct delta delta = {0};

    switch (cursor->stage) {
    case ROLE:
        delta.is_first = true;
        next_stage(cursor);
        break;
    case REASONING:
        delta.reasoning =
            take_pieces(writer, &cursor->choice->reasoning, &cursor->piece);
        break;
    case CONTENT:
        delta.content =
            take_pieces(writer, &cursor->choice->content, &cursor->piece);
        break;
    case CALLS:
        take_calls(writer, cursor, &delta);
        break;
    default:
        break;
    }
    while (is_stage_over(cursor)) {
        next_stage(cursor);
    }
    return delta;
}

/* vLLM may send the finish_reason with the last piece. */
static struct delta take_next(const struct writer *writer,
                              struct cursor *cursor)
{
    bool is_finish = cursor->stage == FINISH;
    struct delta delta = take_delta(writer, cursor);

    if (is_finish ||
        (cursor->stage == FINISH && writer->answer->dialect == DIALECT_VLLM &&
         dialect_once_in(writer->random, 2))) {
        delta.is_last = true;
        cursor->stage = OVER;
    }
    return delta;
}

/* ---- a delta ------------------------------------------------------------- */

static void write_span(const struct writer *writer, const struct span *span)
{
    size_t begin = dialect_piece(span->text, span->begin);

    dialect_write_string(writer->answer, writer->out, span->text->bytes + begin,
                         dialect_piece(span->text, span->end) - begin);
}

static void write_call_head(const struct writer *writer,
                            const struct call_delta *part)
{
    bool is_sglang = writer->answer->dialect == DIALECT_SGLANG;

    (void)fprintf(writer->out, "{\"index\":%zu", part->index);
    if (part->is_first && part->call->id[0] != '\0') {
        (void)fprintf(writer->out, ",\"id\":\"%s\"", part->call->id);
    } else if (is_sglang) {
        (void)fputs(",\"id\":null", writer->out);
    }
    if (part->is_first || is_sglang) {
        (void)fputs(",\"type\":\"function\"", writer->out);
    }
    (void)fputs(",\"function\":{", writer->out);
    if (part->is_first) {
        (void)fprintf(writer->out, "\"name\":\"%s\"", part->call->name);
    } else if (is_sglang) {
        (void)fputs("\"name\":null", writer->out);
    }
}

static void write_call(const struct writer *writer,
                       const struct call_delta *part)
{
    bool has_name = part->is_first || writer->answer->dialect == DIALECT_SGLANG;

    write_call_head(writer, part);
    if (part->arguments.text != NULL) {
        (void)fputs(has_name ? ",\"arguments\":" : "\"arguments\":",
                    writer->out);
        write_span(writer, &part->arguments);
    } else if (writer->answer->dialect != DIALECT_VLLM) {
        (void)fputs(",\"arguments\":\"\"", writer->out);
    }
    (void)fputs("}}", writer->out);
}

static void write_calls(const struct writer *writer, const struct delta *delta)
{
    if (delta->call_count == 0) {
        if (writer->answer->dialect == DIALECT_SGLANG) {
            (void)fputs(",\"tool_calls\":null", writer->out);
        }
        return;
    }
    (void)fputs(",\"tool_calls\":[", writer->out);
    for (size_t i = 0; i < delta->call_count; i++) {
        (void)fputs(i == 0 ? "" : ",", writer->out);
        write_call(writer, &delta->calls[i]);
    }
    (void)putc_unlocked(']', writer->out);
}

/* Writes the role, and an empty or null content, as each server does. */
static void write_head(const struct writer *writer, const struct delta *delta)
{
    static const char *const firsts[DIALECT_COUNT] = {
        "\"role\":\"assistant\",\"content\":\"\"",
        "\"role\":\"assistant\",\"content\":\"\"",
        "\"role\":\"assistant\",\"content\":null"};

    if (delta->is_first) {
        (void)fputs(firsts[writer->answer->dialect], writer->out);
    } else if (delta->content.text != NULL) {
        (void)fputs("\"content\":", writer->out);
        write_span(writer, &delta->content);
    } else if (writer->answer->dialect == DIALECT_SGLANG) {
        (void)fputs("\"role\":null,\"content\":null", writer->out);
    } else if (!delta->is_last || delta->call_count > 0 ||
               delta->reasoning.text != NULL) {
        (void)fputs("\"content\":null", writer->out);
    }
}

static void write_delta(const struct writer *writer, const struct delta *delta)
{
    const struct span *reasoning = &delta->reasoning;

    write_head(writer, delta);
    if (reasoning->text != NULL) {
        size_t begin = dialect_piece(reasoning->text, reasoning->begin);

        dialect_write_reasoning(
            writer->answer, writer->out, reasoning->text->bytes + begin,
            dialect_piece(reasoning->text, reasoning->end) - begin);
    } else if (writer->answer->dialect == DIALECT_SGLANG) {
        (void)fputs(",\"reasoning_content\":null", writer->out);
    }
    write_calls(writer, delta);
}

static void write_choice(struct writer *writer, struct cursor *cursor)
{
    struct delta delta = take_next(writer, cursor);

    (void)fprintf(writer->out, "{\"index\":%zu,\"delta\":{", cursor->index);
    write_delta(writer, &delta);
    (void)putc_unlocked('}', writer->out);
    dialect_write_logprobs(writer->answer, writer->out,
                           &cursor->choice->content, delta.content.begin,
                           delta.content.end);
    dialect_write_finish(writer->answer, writer->out,
                         delta.is_last ? cursor->choice : NULL);
    (void)putc_unlocked('}', writer->out);
    writer->tokens++;
}

/* ---- chunks -------------------------------------------------------------- */

static void write_comment(const struct writer *writer)
{
    static const char *const comments[] = {":", ": ping - 2026-11-29", ": {}"};

    if (dialect_once_in(writer->random, 12)) {
        (void)fprintf(writer->out, "%s%s%s",
                      comments[dialect_pick(writer->random, 3)],
                      writer->line_end, writer->line_end);
    }
}

/* `cursor` belongs to the choice that the chunk is about. */
static void begin_chunk(const struct writer *writer,
                        const struct cursor *cursor)
{
    size_t late = dialect_pick(writer->random, 3);

    write_comment(writer);
    (void)fprintf(writer->out,
                  "%s{\"id\":\"%s\",\"object\":\"chat.completion.chunk\","
                  "\"created\":%zu,\"model\":\"org/model\",\"choices\":[",
                  writer->data, cursor->choice->id,
                  1764000000 +
                      (writer->answer->dialect == DIALECT_SGLANG ? late : 0));
}

static void end_chunk(const struct writer *writer, bool has_usage,
                      int64_t tokens)
{
    (void)putc_unlocked(']', writer->out);
    if (has_usage) {
        (void)fputs(",\"usage\":", writer->out);
        dialect_write_usage(writer->answer, writer->out, tokens);
    } else if (writer->answer->dialect == DIALECT_SGLANG) {
        (void)fputs(",\"usage\":null,\"chutes_verification\":\"0123abcd\"",
                    writer->out);
    }
    (void)fprintf(writer->out, "}%s%s", writer->line_end, writer->line_end);
}

/* Writes a chunk with one choice, or with one and those after it. */
static void write_chunk(struct writer *writer, size_t begin, size_t end)
{
    bool is_first = true;

    begin_chunk(writer, &writer->cursors[begin]);
    for (size_t i = begin; i < end; i++) {
        if (writer->cursors[i].stage != OVER) {
            (void)fputs(is_first ? "" : ",", writer->out);
            write_choice(writer, &writer->cursors[i]);
            is_first = false;
        }
    }
    end_chunk(writer, writer->answer->usage_place == DIALECT_USAGE_EACH,
              writer->tokens);
}

/* SGLang sends some things in chunks without a choice. */
static void write_extra(const struct writer *writer)
{
    if (writer->answer->dialect == DIALECT_SGLANG &&
        dialect_once_in(writer->random, 4)) {
        begin_chunk(writer, &writer->cursors[0]);
        (void)fprintf(writer->out,
                      "],\"sglext\":{\"routed_experts\":\"AAAA\"}}"
                      "%s%s",
                      writer->line_end, writer->line_end);
    }
}

static void write_end(const struct writer *writer)
{
    write_extra(writer);
    if (writer->answer->usage_place != DIALECT_NO_USAGE) {
        begin_chunk(writer, &writer->cursors[0]);
        end_chunk(writer, true, writer->answer->usage.completion_tokens);
    }
    if (writer->answer->has_done) {
        (void)fprintf(writer->out, "%s[DONE]%s%s", writer->data,
                      writer->line_end, writer->line_end);
    }
}

/* ---- the order of choices ------------------------------------------------ */

static void write_in_order(struct writer *writer)
{
    for (size_t i = 0; i < writer->answer->choice_count; i++) {
        while (writer->cursors[i].stage != OVER) {
            write_chunk(writer, i, i + 1);
        }
    }
}

static size_t count_open(const struct writer *writer)
{
    size_t count = 0;

    for (size_t i = 0; i < writer->answer->choice_count; i++) {
        count += writer->cursors[i].stage != OVER ? 1 : 0;
    }
    return count;
}

/* `shares`: a chunk may now and then hold several choices. */
static void write_by_turns(struct writer *writer, bool shares)
{
    size_t count = writer->answer->choice_count;

    while (count_open(writer) > 0) {
        size_t i = dialect_pick(writer->random, count);

        if (writer->cursors[i].stage != OVER) {
            write_chunk(writer, i,
                        shares && dialect_once_in(writer->random, 2) ? count
                                                                     : i + 1);
        }
    }
}

void dialect_write_stream(const struct dialect_answer *answer, FILE *out,
                          uint64_t *random)
{
    static const char *const line_ends[] = {"\n", "\n", "\r\n"};
    static const char *const datas[] = {"data: ", "data: ", "data:"};
    struct writer writer = {.answer = answer, .out = out, .random = random};
    bool shares = answer->dialect != DIALECT_SGLANG;

    writer.line_end = line_ends[dialect_pick(random, 3)];
    writer.data = datas[dialect_pick(random, 3)];
    writer.has_parallel_calls = dialect_once_in(random, 3);
    for (size_t i = 0; i < answer->choice_count; i++) {
        writer.cursors[i].choice = &answer->choices[i];
        writer.cursors[i].index = i;
    }
    if (dialect_once_in(random, 3)) {
        write_in_order(&writer);
    } else {
        write_by_turns(&writer, shares);
    }
    write_end(&writer);
}
