/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_CLIENT_H
#define CHUTES_BENCH_CLIENT_H

#include "bench/work.h"

/* The server, the work, and how much of the answers was read. */
struct client {
    const char *url; /* of the API, with a slash at the end */
    const char *ca_file;
    const struct work *work;
    const chutes_message *messages;
    size_t message_count;
    void *state; /* the data of this kind of client */
    size_t seen; /* pieces of text, bytes of text, or numbers */
};

/* A kind of client. `call` makes one call; failures end the program. */
struct client_kind {
    const char *name;
    void (*open)(struct client *client);
    void (*call)(struct client *client);
};

/* ---- client_ours.c ---- */
void ours_open(struct client *client);
void ours_call(struct client *client);
void ours_iterate(struct client *client);

/* ---- client_others.c: libcurl, by itself or with a JSON library ---- */
void bare_open(struct client *client);
void bare_call(struct client *client);
void bare_post_tree(
    struct client *client); /* makes a tree of cJSON for each call */
void cjson_call(struct client *client);
void yyjson_call(struct client *client);
void simdjson_call(struct client *client);
/* Makes no call: decodes as many rows of base64 as the answer has. */
void evp_open(struct client *client);
void evp_decode(struct client *client);

/* ---- parse_*: each returns what it saw ---- */
typedef size_t (*parse_fn)(const char *json, size_t len,
                           const struct work *work);
size_t parse_with_cjson(const char *json, size_t len, const struct work *work);
size_t parse_with_yyjson(const char *json, size_t len, const struct work *work);

#ifdef __cplusplus
extern "C" {
#endif
/* `json` is followed by 64 bytes, whose values don't matter. If `vectors` is
 * false, counts the bytes of the content. */
size_t parse_with_simdjson(const char *json, size_t len, int vectors);
#ifdef __cplusplus
}
#endif

__attribute__((noreturn)) void bench_die(const char *what);

#endif
