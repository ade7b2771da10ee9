/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "base/clock.h"
#include "mock/script.h"
#include "mock/server.h"

#include "fixture.h"
#include "pki.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct record {
    char *head;
    char *body;
};

struct peer {
    struct mock_server *server;
    struct mock_script *script;
    char name[128]; /* of the script, for messages */
    char url[64];
    char path[128];       /* of its Unix socket; "": TCP */
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t recorded;
    struct record *records;
    int count;
    int posts;
    bool is_told; /* the first failure was printed */
};

static const enum pki_leaf LEAVES[] = {
    [PEER_TLS_GOOD] = PKI_GOOD,
    [PEER_TLS_SELF_SIGNED] = PKI_SELF_SIGNED,
    [PEER_TLS_WRONG_HOST] = PKI_WRONG_HOST,
    [PEER_TLS_EXPIRED] = PKI_EXPIRED,
    [PEER_TLS_NOT_YET_VALID] = PKI_NOT_YET_VALID,
    [PEER_TLS_WRONG_PURPOSE] = PKI_WRONG_PURPOSE,
    [PEER_TLS_NO_NAMES] = PKI_NO_NAMES,
    [PEER_TLS_NO_INTERMEDIATE] = PKI_NO_INTERMEDIATE,
    [PEER_TLS_MUTUAL] = PKI_GOOD,
};

static char *copy_bytes(const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, len + 1);
    return copy;
}

static void record(struct peer *peer, const struct mock_request *request)
{
    struct record *records;

    pthread_mutex_lock(&peer->lock);
    records = realloc(peer->records,
                      ((size_t)peer->count + 1) * sizeof(*peer->records));
    if (records == NULL) {
        abort();
    }
    peer->records = records;
    records[peer->count++] = (struct record){
        .head = copy_bytes(request->head, strlen(request->head)),
        .body = copy_bytes(request->body, request->body_len)};
    peer->posts += strcmp(request->method, "POST") == 0 ? 1 : 0;
    pthread_cond_broadcast(&peer->recorded);
    pthread_mutex_unlock(&peer->lock);
}

/* Prints the first failure at once: the test may fail because of its
 * consequences before peer_stop() can name the cause. */
static void tell_failure(struct peer *peer)
{
    const char *failure = mock_script_failure(peer->script);

    pthread_mutex_lock(&peer->lock);
    if (failure != NULL && !peer->is_told) {
        peer->is_told = true;
        (void)fprintf(stderr, "%s: %s\n", peer->name, failure);
    }
    pthread_mutex_unlock(&peer->lock);
}

static bool on_accept(struct mock_connection *connection, void *user_data)
{
    struct peer *peer = user_data;
    bool goes_on = mock_script_accept(connection, peer->script);

    tell_failure(peer);
    return goes_on;
}

static bool on_request(struct mock_connection *connection,
                       const struct mock_request *request, void *user_data)
{
    struct peer *peer = user_data;
    bool goes_on;

    record(peer, request);
    goes_on = mock_script_answer(connection, request, peer->script);
    tell_failure(peer);
    return goes_on;
}

static void init_lock(struct peer *peer)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&peer->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&peer->recorded, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void free_peer(struct peer *peer)
{
    for (int i = 0; i < peer->count; i++) {
        free(peer->records[i].head);
        free(peer->records[i].body);
    }
    free(peer->records);
    mock_script_free(peer->script);
    pthread_cond_destroy(&peer->recorded);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

/* `options` has the address and the TLS files. */
static struct peer *start(const char *script, const char *name,
                          struct mock_server_options options)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    const char *reason = NULL;
    char fault[256];

    assert_non_null(peer);
    init_lock(peer);
    (void)snprintf(peer->name, sizeof(peer->name), "%s", name);
    peer->script =
        mock_script_parse(script, fixture_directory(), fault, sizeof(fault));
    if (peer->script == NULL) {
        free_peer(peer);
        fail_msg("%s: %s", name, fault);
        return NULL;
    }
    options.on_accept = on_accept;
    options.handler = on_request;
    options.user_data = peer;
    peer->server = mock_server_start(&options, &reason);
    if (peer->server == NULL) {
        free_peer(peer);
        fail_msg("the peer did not start: %s", reason);
        return NULL;
    }
    return peer;
}

static struct peer *start_tcp(const char *script, const char *name,
                              enum peer_tls tls)
{
    struct mock_server_options options = {0};
    struct peer *peer;

    if (tls != PEER_PLAIN) {
        options.tls_certificate = pki_certificate_file(LEAVES[tls]);
        options.tls_key = pki_key_file(LEAVES[tls]);
    }
    if (tls == PEER_TLS_MUTUAL) {
        options.tls_client_ca = pki_ca_file();
    }
    peer = start(script, name, options);
    (void)snprintf(peer->url, sizeof(peer->url), "%s://127.0.0.1:%d/v1/",
                   tls == PEER_PLAIN ? "http" : "https", peer_port(peer));
    return peer;
}

struct peer *peer_start(const char *script, enum peer_tls tls)
{
    return start_tcp(script, "the peer's script", tls);
}

struct peer *peer_start_unix(const char *script, const char *path)
{
    const struct mock_server_options options = {.unix_path = path};
    struct peer *peer = start(script, "the peer's script", options);

    (void)snprintf(peer->url, sizeof(peer->url), "http://peer/v1/");
    (void)snprintf(peer->path, sizeof(peer->path), "%s", path);
    return peer;
}

struct peer *peer_start_file(const char *name, enum peer_tls tls)
{
    char path[256];
    char *script;
    struct peer *peer;

    (void)snprintf(path, sizeof(path), "scripts/%s", name);
    script = fixture_read(path, NULL);
    peer = start_tcp(script, path, tls);
    free(script);
    return peer;
}

void peer_stop(struct peer *peer)
{
    const char *verdict;
    char message[700];
    bool is_disappointed;

    if (peer == NULL) {
        return;
    }
    mock_server_stop(peer->server);
    if (peer->path[0] != '\0') {
        (void)unlink(peer->path);
    }
    verdict = mock_script_verdict(peer->script);
    (void)snprintf(message, sizeof(message), "%s: %s", peer->name,
                   verdict == NULL ? "" : verdict);
    is_disappointed = verdict != NULL;
    /* fail_msg() below doesn't return. */
    free_peer(peer);
    if (is_disappointed) {
        fail_msg("%s", message);
    }
}

const char *peer_url(const struct peer *peer)
{
    return peer->url;
}

int peer_port(const struct peer *peer)
{
    return mock_server_port(peer->server);
}

int peer_accepts(const struct peer *peer)
{
    return mock_server_accepts(peer->server);
}

long long peer_http_bytes(const struct peer *peer)
{
    return mock_server_http_bytes(peer->server);
}

bool peer_await_closed(const struct peer *peer, int timeout_ms)
{
    return mock_server_await_idle(peer->server, timeout_ms);
}

void peer_release(struct peer *peer, const char *name)
{
    if (!mock_script_release(peer->script, name)) {
        fail_msg("%s: no `wait %s`", peer->name, name);
    }
}

const char *peer_ca_file(void)
{
    return pki_ca_file();
}

/* The accessors take a const peer; its lock must still be writable. */
static struct peer *lock_peer(const struct peer *peer)
{
    struct peer *open = (struct peer *)(uintptr_t)peer;

    pthread_mutex_lock(&open->lock);
    return open;
}

int peer_posts(const struct peer *peer)
{
    struct peer *open = lock_peer(peer);
    int posts = open->posts;

    pthread_mutex_unlock(&open->lock);
    return posts;
}

int peer_requests(const struct peer *peer)
{
    struct peer *open = lock_peer(peer);
    int count = open->count;

    pthread_mutex_unlock(&open->lock);
    return count;
}

static struct record find_record(const struct peer *peer, int n)
{
    struct peer *open = lock_peer(peer);
    struct record found = {0};

    if (n >= 1 && n <= open->count) {
        found = open->records[n - 1];
    }
    pthread_mutex_unlock(&open->lock);
    return found;
}

const char *peer_request_head(const struct peer *peer, int n)
{
    return find_record(peer, n).head;
}

const char *peer_request_body(const struct peer *peer, int n)
{
    return find_record(peer, n).body;
}

bool peer_await_requests(const struct peer *peer, int n, int timeout_ms)
{
    int64_t us = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;
    struct timespec deadline = {.tv_sec = (time_t)(us / 1000000),
                                .tv_nsec = (long)(us % 1000000) * 1000};
    struct peer *open = lock_peer(peer);
    bool is_there;

    while (open->count < n &&
           pthread_cond_timedwait(&open->recorded, &open->lock, &deadline) !=
               ETIMEDOUT) {
    }
    is_there = open->count >= n;
    pthread_mutex_unlock(&open->lock);
    return is_there;
}
