/* SPDX-License-Identifier: MIT */
#include "bench/bodies.h"

#include <openssl/evp.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The texts as they are written in JSON. */
static const char PROSE[] =
    "The client reads the stream as it arrives, and hands each piece to the "
    "program at once. Nothing is copied twice; what the server sends is what "
    "the program sees. “Simple,” said the engineer, and closed the lid.\\n\\n";
static const char CODE[] =
    "static int compare(const void *a, const void *b)\\n{\\n"
    "    const char *left = \\\"a\\\\n\\\";\\n\\n"
    "    if (left == NULL) {\\n        return strcmp(a, \\\"\\\");\\n    }\\n"
    "\\treturn 0;\\n}\\n";

struct text bodies_answer(enum bodies_kind kind, size_t len)
{
    const char *piece = kind == BODIES_PROSE ? PROSE : CODE;
    const size_t size =
        (kind == BODIES_PROSE ? sizeof(PROSE) : sizeof(CODE)) - 1;
    struct text body = {NULL, 0};
    FILE *out = open_memstream(&body.bytes, &body.len);

    (void)fputs("{\"id\":\"chatcmpl-5f2c9d41\",\"object\":\"chat.completion\","
                "\"created\":1763800000,\"model\":\"deepseek-ai/DeepSeek-V3.2\""
                ",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                "\"assistant\",\"content\":\"",
                out);
    for (size_t done = 0; done < len; done += size) {
        (void)fwrite(piece, 1, size, out);
    }
    (void)fputs("\",\"refusal\":null,\"tool_calls\":[]},\"logprobs\":null,"
                "\"finish_reason\":\"stop\",\"stop_reason\":null}],\"usage\":{"
                "\"prompt_tokens\":12,\"total_tokens\":112,"
                "\"completion_tokens\":100,\"prompt_tokens_details\":null}}",
                out);
    (void)fclose(out);
    return body;
}

const char *bodies_message(void)
{
    return "Please look at this function, which is called for each \"event\" "
           "of a stream:\n\n    if (len == 0) {\n        return;\n    }\n\n"
           "It returns early, and so the caller never learns that the stream "
           "was empty. What would you change, and where? Keep in mind that "
           "the function is called from three places, two of which have no "
           "way to report an error; and that a test expects the present "
           "behaviour. Show the change as a patch, and explain in a sentence "
           "or two why it is right. Don't touch the other functions of the "
           "file, and don't change the names of the parameters.";
}

/* A linear congruential generator. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 11;
}

static void write_base64(FILE *out, size_t dimension, uint64_t *state)
{
    size_t size = dimension * sizeof(float);
    float *row = malloc(size);
    unsigned char *text = malloc(size / 3 * 4 + 5);

    if (row == NULL || text == NULL) {
        abort();
    }
    for (size_t i = 0; i < dimension; i++) {
        row[i] = (float)next_random(state) * 0x1p-57F - 0.03125F;
    }
    (void)EVP_EncodeBlock(text, (const unsigned char *)row, (int)size);
    (void)fprintf(out, "\"%s\"", (char *)text);
    free(text);
    free(row);
}

/* Writes numbers between -0.1 and 0.1. It doesn't use printf(), which would
 * take minutes under valgrind. */
static void write_digits(FILE *out, size_t dimension, int digits,
                         uint64_t *state)
{
    char text[32] = "0.0";

    for (size_t i = 0; i < dimension; i++) {
        uint64_t random = next_random(state);

        (void)putc(i == 0 ? '[' : ',', out);
        if (random % 2 == 0) {
            (void)putc('-', out);
        }
        for (int k = 0; k < digits; k++) {
            text[3 + k] = (char)('0' + random % 10);
            random = k == 8 ? next_random(state) : random / 10;
        }
        (void)fwrite(text, 1, 3 + (size_t)digits, out);
    }
    (void)putc(']', out);
}

struct text bodies_vectors(enum bodies_form form, size_t count,
                           size_t dimension)
{
    struct text body = {NULL, 0};
    FILE *out = open_memstream(&body.bytes, &body.len);
    uint64_t state = 1;

    (void)fputs("{\"object\":\"list\",\"data\":[", out);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out,
                      "%s{\"object\":\"embedding\",\"index\":%zu,"
                      "\"embedding\":",
                      i > 0 ? "," : "", i);
        if (form == BODIES_BASE64) {
            write_base64(out, dimension, &state);
        } else {
            write_digits(out, dimension, form == BODIES_DIGITS_17 ? 17 : 9,
                         &state);
        }
        (void)putc('}', out);
    }
    (void)fputs("],\"model\":\"m\"}", out);
    (void)fclose(out);
    return body;
}
