/* SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "base/buf.h"
#include "sse/sse.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * Lets any test suite for server-sent events talk to src/sse through pipes.
 * Reads frames: "C <n>\n" and n bytes feed one chunk, "E\n" ends the stream and
 * starts a new one. Prints for each event "event <type> <id> <data>\n" in
 * base64, "-" for an empty string, and for each E "end <retry or -1>\n".
 */

enum { LIMIT = 1 << 30 };

static chutes_status print_field(struct chutes__buf *scratch,
                                 struct chutes__slice bytes)
{
    size_t len = chutes__base64_encoded_len(bytes.len);
    chutes_status status;

    if (bytes.len == 0) {
        (void)fputs(" -", stdout);
        return CHUTES_OK;
    }
    chutes__buf_clear(scratch);
    status = chutes__buf_reserve(scratch, len);
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__base64_encode(scratch->data, bytes.data, bytes.len);
    (void)putchar(' ');
    (void)fwrite(scratch->data, 1, len, stdout);
    return CHUTES_OK;
}

static chutes_status print_event(void *ctx,
                                 const struct chutes__sse_event *event)
{
    chutes_status status;

    (void)fputs("event", stdout);
    status = print_field(ctx, event->type);
    if (status == CHUTES_OK) {
        status = print_field(ctx, event->id);
    }
    if (status == CHUTES_OK) {
        status = print_field(ctx, event->data);
    }
    (void)putchar('\n');
    return status;
}

static chutes_status feed_chunk(struct chutes__sse *sse,
                                struct chutes__buf *chunk, const char *header)
{
    char *header_end = NULL;
    uintmax_t len = strtoumax(header, &header_end, 10);
    chutes_status status;

    if (header_end == header || *header_end != '\n' || len > LIMIT) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    chutes__buf_clear(chunk);
    status = chutes__buf_reserve(chunk, (size_t)len);
    if (status != CHUTES_OK) {
        return status;
    }
    if (fread(chunk->data, 1, (size_t)len, stdin) != (size_t)len) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    return chutes__sse_feed(sse, chunk->data, (size_t)len);
}

static chutes_status run(struct chutes__sse *sse, struct chutes__buf *chunk)
{
    char header[64];
    chutes_status status = CHUTES_OK;

    while (status == CHUTES_OK && fgets(header, sizeof(header), stdin)) {
        if (strcmp(header, "E\n") == 0) {
            printf("end %" PRId64 "\n", sse->retry);
            chutes__sse_reset(sse);
        } else if (strncmp(header, "C ", 2) == 0) {
            status = feed_chunk(sse, chunk, header + 2);
        } else {
            status = CHUTES_ERR_INVALID_ARGUMENT;
        }
        (void)fflush(stdout);
    }
    return status;
}

int main(void)
{
    struct chutes__buf scratch;
    struct chutes__buf chunk;
    struct chutes__sse sse;
    struct chutes__sse_sink sink = {print_event, NULL, &scratch, NULL};
    chutes_status status;

    chutes__buf_init(&scratch, SIZE_MAX);
    chutes__buf_init(&chunk, LIMIT);
    chutes__sse_init(&sse, sink, LIMIT, LIMIT);
    status = run(&sse, &chunk);
    if (status != CHUTES_OK) {
        (void)fprintf(stderr, "sse_driver: %s\n",
                      status == CHUTES_ERR_INVALID_ARGUMENT
                          ? "malformed frame"
                          : "a limit was reached, or no memory");
    }
    chutes__sse_dispose(&sse);
    chutes__buf_dispose(&chunk);
    chutes__buf_dispose(&scratch);
    return status == CHUTES_OK ? 0 : 1;
}
