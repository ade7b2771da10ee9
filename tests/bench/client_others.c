/* SPDX-License-Identifier: MIT */
/*
 * Clients without the library: they use libcurl for the transfer and a JSON
 * library for the rest. They read what they need and check nothing.
 */
#include "bench/client.h"

#include <curl/curl.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING = 64, URL_SIZE = 128 };

struct bare {
    CURL *easy;
    struct text body; /* of the request */
    char *bytes; /* of the answer; of a stream: after its last whole event */
    size_t len;
    size_t cap;
    struct client *client;
    parse_fn parse; /* NULL: the answer is discarded */
};

static const char *const HEADERS[] = {
    "Authorization: Bearer bench",    "Accept: application/json",
    "Content-Type: application/json", "User-Agent: libchutes/0.1.0",
    "Accept-Encoding: identity",      "Expect:"};

void bare_open(struct client *client)
{
    const bool is_embed = client->work->kind == WORK_VECTORS;
    struct bare *bare = calloc(1, sizeof(*bare));
    struct curl_slist *headers = NULL;
    char target[URL_SIZE];

    if (bare == NULL) {
        abort();
    }
    /* Sends the same header lines as the library, because libcurl copies the
     * header lines byte by byte, and looks each of them up several times. */
    for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
        headers = curl_slist_append(headers, HEADERS[i]);
    }
    client->state = bare;
    bare->client = client;
    bare->easy = curl_easy_init();
    bare->body =
        work_tree_body(client->work, client->messages, client->message_count);
    (void)snprintf(target, sizeof(target), "%s%s", client->url,
                   is_embed ? "embeddings" : "chat/completions");
    (void)curl_easy_setopt(bare->easy, CURLOPT_URL, target);
    (void)curl_easy_setopt(bare->easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(bare->easy, CURLOPT_CAINFO, client->ca_file);
    (void)curl_easy_setopt(bare->easy, CURLOPT_WRITEDATA, bare);
}

static size_t discard(char *bytes, size_t size, size_t count, void *userdata)
{
    struct client *client = ((struct bare *)userdata)->client;

    (void)bytes;
    client->seen += size * count;
    return size * count;
}

static size_t keep(char *bytes, size_t size, size_t count, void *userdata)
{
    struct bare *bare = userdata;
    size_t more = size * count;

    if (bare->cap - bare->len < more + PADDING) {
        bare->cap = 2 * (bare->cap + more) + PADDING;
        bare->bytes = realloc(bare->bytes, bare->cap);
        if (bare->bytes == NULL) {
            abort();
        }
    }
    memcpy(bare->bytes + bare->len, bytes, more);
    bare->len += more;
    return more;
}

/* Parses each event that is complete. */
static size_t keep_events(char *bytes, size_t size, size_t count,
                          void *userdata)
{
    struct bare *bare = userdata;
    size_t more = keep(bytes, size, count, userdata);
    const char *at = bare->bytes;
    const char *limit = bare->bytes + bare->len;
    const char *end;

    while ((end = memmem(at, (size_t)(limit - at), "\n\n", 2)) != NULL) {
        if (strncmp(at, "data: {", 7) == 0) {
            bare->client->seen +=
                bare->parse(at + 6, (size_t)(end - at) - 6, bare->client->work);
        }
        at = end + 2;
    }
    bare->len = (size_t)(limit - at);
    memmove(bare->bytes, at, bare->len);
    return more;
}

static void perform(struct bare *bare, curl_write_callback write)
{
    long status = 0;

    bare->len = 0;
    (void)curl_easy_setopt(bare->easy, CURLOPT_WRITEFUNCTION, write);
    (void)curl_easy_setopt(bare->easy, CURLOPT_POSTFIELDS, bare->body.bytes);
    (void)curl_easy_setopt(bare->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)bare->body.len);
    if (curl_easy_perform(bare->easy) != CURLE_OK ||
        curl_easy_getinfo(bare->easy, CURLINFO_RESPONSE_CODE, &status) !=
            CURLE_OK ||
        status != 200) {
        bench_die("libcurl failed");
    }
}

void bare_call(struct client *client)
{
    perform(client->state, discard);
}

void bare_post_tree(struct client *client)
{
    struct bare *bare = client->state;

    free(bare->body.bytes);
    bare->body =
        work_tree_body(client->work, client->messages, client->message_count);
    perform(bare, discard);
}

static void call_and_parse(struct client *client, parse_fn parse)
{
    struct bare *bare = client->state;

    bare->parse = parse;
    if (client->work->kind == WORK_STREAM) {
        perform(bare, keep_events);
    } else {
        perform(bare, keep);
        client->seen += parse(bare->bytes, bare->len, client->work);
        free(bare->bytes);
        bare->bytes = NULL;
        bare->cap = 0;
    }
}

void cjson_call(struct client *client)
{
    call_and_parse(client, parse_with_cjson);
}

#ifdef HAVE_YYJSON
void yyjson_call(struct client *client)
{
    call_and_parse(client, parse_with_yyjson);
}
#endif

#ifdef HAVE_SIMDJSON
static size_t parse_fast(const char *json, size_t len, const struct work *work)
{
    return parse_with_simdjson(json, len, work->kind == WORK_VECTORS);
}

void simdjson_call(struct client *client)
{
    call_and_parse(client, parse_fast);
}
#endif

/* ---- base64 -------------------------------------------------------------- */

void evp_open(struct client *client)
{
    const size_t size = client->work->size * sizeof(float);
    unsigned char *bytes = calloc(1, size);
    unsigned char *text = malloc(size / 3 * 4 + 5);

    if (bytes == NULL || text == NULL) {
        abort();
    }
    (void)EVP_EncodeBlock(text, bytes, (int)size);
    free(bytes);
    client->state = text;
}

void evp_decode(struct client *client)
{
    const unsigned char *text = client->state;
    const int len = (int)strlen(client->state);
    unsigned char *row = malloc((size_t)len);

    for (size_t i = 0; row != NULL && i < client->work->count; i++) {
        client->seen += (size_t)EVP_DecodeBlock(row, text, len);
    }
    free(row);
}
