/* SPDX-License-Identifier: MIT */
#include "dialect.h"

#include <inttypes.h>
#include <string.h>

/* ---- strings ------------------------------------------------------------- */

/* Decodes one character of valid UTF-8; returns its length. */
static size_t read_character(const char *text, uint32_t *character)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t len = bytes[0] < 0x80   ? 1
                 : bytes[0] < 0xe0 ? 2
                 : bytes[0] < 0xf0 ? 3
                                   : 4;

    *character = len == 1 ? bytes[0] : bytes[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        *character = *character << 6 | (bytes[i] & 0x3f);
    }
    return len;
}

static void write_escape(FILE *out, uint32_t character)
{
    if (character >= 0x10000) {
        character -= 0x10000;
        (void)fprintf(out, "\\u%04" PRIx32, 0xd800 + (character >> 10));
        character = 0xdc00 + (character & 0x3ff);
    }
    (void)fprintf(out, "\\u%04" PRIx32, character);
}

static void write_character(const struct dialect_answer *answer, FILE *out,
                            const char *text, size_t len, uint32_t character)
{
    static const char shorts[] = "\"\"\\\\\nn\tt\rr";
    const char *found = character < 0x80 && character != 0
                            ? strchr(shorts, (int)character)
                            : NULL;

    if (found != NULL && strchr("\"\\\n\t\r", *found) != NULL) {
        (void)putc_unlocked('\\', out);
        (void)putc_unlocked(found[1], out);
    } else if (character < 0x20 || (character >= 0x80 && answer->has_escapes)) {
        write_escape(out, character);
    } else {
        (void)fwrite(text, 1, len, out);
    }
}

void dialect_write_string(const struct dialect_answer *answer, FILE *out,
                          const char *text, size_t len)
{
    const char *end = text + len;

    (void)putc_unlocked('"', out);
    while (text < end) {
        uint32_t character;
        size_t width = read_character(text, &character);

        write_character(answer, out, text, width, character);
        text += width;
    }
    (void)putc_unlocked('"', out);
}

/* ---- members ------------------------------------------------------------- */

void dialect_write_reasoning(const struct dialect_answer *answer, FILE *out,
                             const char *text, size_t len)
{
    bool is_vllm = answer->dialect == DIALECT_VLLM;

    if (!is_vllm || answer->era < 2) {
        (void)fputs(",\"reasoning_content\":", out);
        dialect_write_string(answer, out, text, len);
    }
    if (is_vllm && answer->era > 0) {
        (void)fputs(",\"reasoning\":", out);
        dialect_write_string(answer, out, text, len);
    }
}

static void write_bytes(FILE *out, const char *text, size_t len)
{
    (void)fputs(",\"bytes\":[", out);
    for (size_t i = 0; i < len; i++) {
        (void)fprintf(out, i == 0 ? "%u" : ", %u", (unsigned char)text[i]);
    }
    (void)putc_unlocked(']', out);
}

static void write_token(const struct dialect_answer *answer, FILE *out,
                        const char *text, size_t len)
{
    (void)fputs("{\"token\":", out);
    dialect_write_string(answer, out, text, len);
    (void)fputs(len % 3 == 0 ? ",\"logprob\":-9999.0" : ",\"logprob\":-0.25",
                out);
    write_bytes(out, text, len);
    (void)fputs(",\"top_logprobs\":[", out);
    if (answer->dialect == DIALECT_SGLANG) {
        (void)fputs("{\"token\":\"a\",\"bytes\":null,\"logprob\":-1}", out);
    }
    (void)fputs(answer->dialect == DIALECT_LLAMA ? "],\"id\":7}" : "]}", out);
}

void dialect_write_logprobs(const struct dialect_answer *answer, FILE *out,
                            const struct dialect_text *text, size_t begin,
                            size_t end)
{
    if (!answer->has_logprobs || begin == end) {
        (void)fputs(
            answer->dialect == DIALECT_LLAMA ? "" : ",\"logprobs\":null", out);
        return;
    }
    (void)fputs(",\"logprobs\":{\"content\":[", out);
    for (size_t i = begin; i < end; i++) {
        size_t at = dialect_piece(text, i);

        (void)fputs(i == begin ? "" : ",", out);
        write_token(answer, out, text->bytes + at, text->ends[i] - at);
    }
    (void)fputs("]}", out);
}

static void write_stop(const struct dialect_answer *answer, FILE *out,
                       const char *name, const char *stop)
{
    (void)fprintf(out, ",\"%s\":", name);
    if (stop == NULL) {
        (void)fputs("null", out);
    } else if (stop[0] >= '0' && stop[0] <= '9') {
        (void)fputs(stop, out);
    } else {
        dialect_write_string(answer, out, stop, strlen(stop));
    }
}

void dialect_write_finish(const struct dialect_answer *answer, FILE *out,
                          const struct dialect_choice *choice)
{
    const char *stop = choice != NULL ? choice->stop_reason : NULL;

    if (choice == NULL) {
        (void)fputs(",\"finish_reason\":null", out);
    } else {
        (void)fprintf(out, ",\"finish_reason\":\"%s\"", choice->finish_reason);
    }
    if (answer->dialect == DIALECT_SGLANG) {
        write_stop(answer, out, "matched_stop", stop);
    } else if (answer->dialect == DIALECT_VLLM && choice != NULL) {
        write_stop(answer, out, "stop_reason", stop);
    }
}

/* ---- usage --------------------------------------------------------------- */

static void write_details(const struct dialect_answer *answer, FILE *out)
{
    const chutes_usage *usage = &answer->usage;

    if (usage->cached_tokens >= 0) {
        (void)fprintf(out,
                      ",\"prompt_tokens_details\":{\"cached_tokens\":%" PRId64,
                      usage->cached_tokens);
        (void)fputs(
            answer->dialect == DIALECT_SGLANG ? ",\"audio_tokens\":null}" : "}",
            out);
    } else if (answer->dialect != DIALECT_LLAMA) {
        (void)fputs(",\"prompt_tokens_details\":null", out);
    }
    if (usage->reasoning_tokens < 0) {
        return;
    }
    (void)fprintf(out,
                  answer->dialect == DIALECT_SGLANG
                      ? ",\"reasoning_tokens\":%" PRId64
                      : ",\"completion_tokens_details\":{\"reasoning_tokens\":"
                        "%" PRId64 "}",
                  usage->reasoning_tokens);
}

void dialect_write_usage(const struct dialect_answer *answer, FILE *out,
                         int64_t completion_tokens)
{
    (void)fprintf(out,
                  "{\"prompt_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64
                  ",\"completion_tokens\":%" PRId64,
                  answer->usage.prompt_tokens,
                  answer->usage.prompt_tokens + completion_tokens,
                  completion_tokens);
    write_details(answer, out);
    (void)putc_unlocked('}', out);
}
