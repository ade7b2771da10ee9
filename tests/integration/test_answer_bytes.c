/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/*
 * Answers with random changes: whatever a server or a proxy sends, no call may
 * end with an internal error. CHUTES_TEST_SEED and CHUTES_TEST_RUNS choose
 * other changes, and how many.
 */

enum { RUNS = 1500, RUNS_OF_VALGRIND = 60, ROOM = 4096, MAX_CHANGES = 4 };

/* "@" stands for the key, which some servers repeat. */
#define BODY                                                                 \
    "{\"object\":\"list\",\"data\":[{\"id\":\"m\",\"index\":0,"              \
    "\"embedding\":[1.0,2.0]},{\"id\":\"n\",\"index\":1,\"embedding\":[1.0," \
    "2.0]}],\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hello\"},"  \
    "\"finish_reason\":\"stop\"}]}"

static const char *const ANSWERS[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-A: b\r\n\r\n" BODY,
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-T: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    "X-Chutes-InvocationID: @\r\n\r\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n",
    "HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nx-request-id: @\r\n"
    "Content-Length: 10\r\n\r\n@",
    "HTTP/1.1 401 No\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
    "\x1f\x8b\x08\x01",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
    "HTTP/1.0 500 x\r\n folded: c\r\n\r\n@",
    "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\n\r\n",
    "HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n",
};

static uint64_t state_of_random;

static uint32_t next_random(uint32_t below)
{
    state_of_random =
        state_of_random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state_of_random >> 33) % below;
}

/* Mostly returns bytes that matter to a parser. */
static char random_byte(void)
{
    static const char special[] = "\r\r\n\n  \t:;,\"\0\x7f\x80\xff{}0123zHT/";

    return next_random(8) == 0 ? (char)next_random(256)
                               : special[next_random(sizeof(special) - 1)];
}

/* Returns the new length. */
static size_t change(char *bytes, size_t len)
{
    size_t at = next_random((uint32_t)len + 1);
    size_t count = 1 + next_random(3);

    switch (next_random(4)) {
    case 0: /* inserted */
        memmove(bytes + at + 1, bytes + at, len - at);
        bytes[at] = random_byte();
        return len + 1;
    case 1: /* dropped */
        count = count < len - at ? count : len - at;
        memmove(bytes + at, bytes + at + count, len - at - count);
        return len - count;
    case 2: /* cut */
        return next_random(4) == 0 ? at : len;
    default:
        if (at < len) {
            bytes[at] = random_byte();
        }
        return len;
    }
}

static char *write_hex(char *script, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        script +=
            snprintf(script, 4, " %02x", (unsigned)(unsigned char)bytes[i]);
    }
    return script;
}

static void write_script(char *script)
{
    const char *answer = ANSWERS[next_random(COUNT(ANSWERS))];
    char bytes[ROOM];
    size_t len = strlen(answer);
    uint32_t changes = 1 + next_random(MAX_CHANGES);

    memcpy(bytes, answer, len);
    while (changes-- > 0) {
        len = change(bytes, len);
    }
    script += snprintf(script, 16, "%s", len > 0 ? "send-hex" : "");
    for (size_t i = 0; i < len; i++) {
        script = bytes[i] == '@' ? write_hex(script, CALL_KEY, strlen(CALL_KEY))
                                 : write_hex(script, &bytes[i], 1);
    }
    (void)snprintf(script, 8, "\nfin\n");
}

static void run(enum call_kind kind, bool is_proxy, long number)
{
    static char script[ROOM * 4];
    chutes_client_options options;
    struct call call = {.kind = kind};
    chutes_client *client;
    struct peer *peer;

    write_script(script);
    peer = peer_start(script, PEER_PLAIN);
    options = call_options(peer);
    if (is_proxy) {
        options.base_url = "https://server.test/v1/";
        options.proxy = peer_url(peer);
    }
    client = call_client(&options);
    call_run(&call, client); /* checks the error itself */
    if (call.status == CHUTES_ERR_INTERNAL ||
        call.status == CHUTES_ERR_NO_MEMORY) {
        fail_msg("run %ld: %s: %s\n%s", number, chutes_status_name(call.status),
                 call.error.message, script);
    }
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static long number_from(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

static void no_bytes_make_an_internal_error(void **state)
{
    long runs = number_from("CHUTES_TEST_RUNS",
                            call_patience_ms(1) > 1 ? RUNS_OF_VALGRIND : RUNS);

    (void)state;
    state_of_random = (uint64_t)number_from("CHUTES_TEST_SEED", 7);
    for (long i = 0; i < runs; i++) {
        run((enum call_kind)(i % CALL_KINDS), i % 5 == 0, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_bytes_make_an_internal_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
