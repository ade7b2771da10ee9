/* SPDX-License-Identifier: MIT */
/*
 * Makes and frees transfers, and sets all options of the easy handle but those
 * that depend on how the transfer proceeds.
 */
#include "transport/transfer.h"

#include "base/count.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/slice.h"
#include "transport/runtime.h"
#include "transport/trust.h"

#include <limits.h>
#include <string.h>

/* libcurl writes its message straight into the result. */
_Static_assert(sizeof(((struct chutes__transfer_result *)NULL)->message) >=
                   CURL_ERROR_SIZE,
               "room for libcurl's message");

/* Options that are the same for every transfer. Some of them are libcurl's
 * defaults, set because a later default could break a promise of ours. */
static const struct {
    CURLoption option;
    long value;
} fixed_options[] = {
    /* The target of a redirect would receive the key. */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    /* The proxy must not see the key. */
    {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION,
     (long)CURL_SSLVERSION_TLSv1_2 | (long)CURL_SSLVERSION_MAX_DEFAULT},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_HTTP_CONTENT_DECODING, 0},
    {CURLOPT_NOSIGNAL, 1},
    /* A cancelled name lookup must not wait for its thread. Newer versions need
     * the option of the multi handle as well, see multi.c. */
    {CURLOPT_QUICK_EXIT, 1},
    /* Models think for minutes, and routers forget silent connections. */
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, 30},
    {CURLOPT_TCP_KEEPINTVL, 15},
    {CURLOPT_TCP_NODELAY, 1},
    /* Load balancers drop connections that were idle for 60 s. */
    {CURLOPT_MAXAGE_CONN, 55},
    /* Lets changed or revoked certificates take effect. */
    {CURLOPT_MAXLIFETIME_CONN, 3600},
};

/* An easy handle, and the first failure to set one of its options. A transfer
 * that lacks one of them must not be started. */
struct setup {
    CURL *easy;
    CURLcode code;
};

static void set_long(struct setup *setup, CURLoption option, long value)
{
    if (setup->code == CURLE_OK) {
        setup->code = curl_easy_setopt(setup->easy, option, value);
    }
}

static void set_off(struct setup *setup, CURLoption option, curl_off_t value)
{
    if (setup->code == CURLE_OK) {
        setup->code = curl_easy_setopt(setup->easy, option, value);
    }
}

static void set_string(struct setup *setup, CURLoption option,
                       const char *value)
{
    if (setup->code == CURLE_OK) {
        setup->code = curl_easy_setopt(setup->easy, option, value);
    }
}

static void set_body(struct setup *setup, const struct chutes__attempt *attempt)
{
    if (attempt->method != NULL) {
        set_string(setup, CURLOPT_CUSTOMREQUEST, attempt->method);
    }
    if (attempt->body == NULL && attempt->source == NULL) {
        set_long(setup, CURLOPT_HTTPGET, 1);
        return;
    }
    set_long(setup, CURLOPT_POST, 1);
    if (attempt->source != NULL) {
        set_off(setup, CURLOPT_POSTFIELDSIZE_LARGE,
                (curl_off_t)attempt->source->len);
        set_string(setup, CURLOPT_POSTFIELDS, NULL);
        return;
    }
    /* Before the body, which libcurl would otherwise measure with strlen(). */
    set_off(setup, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)attempt->body_len);
    set_string(setup, CURLOPT_POSTFIELDS, attempt->body);
}

static void set_trust(struct setup *setup, const struct chutes__route *route)
{
    if (route->ca_file != NULL) {
        set_string(setup, CURLOPT_CAINFO, route->ca_file);
        /* NULL as well, as libcurl's default is the system's directory. */
        set_string(setup, CURLOPT_CAPATH, route->ca_dir);
    } else if (route->ca_dir != NULL) {
        set_string(setup, CURLOPT_CAPATH, route->ca_dir);
    } else if (chutes__runtime_get()->has_ca_file) {
        /* libcurl caches the certificates of a file, but only when there is no
         * directory: 44 ms instead of 76 ms per new connection. */
        set_string(setup, CURLOPT_CAPATH, NULL);
    }
}

static void set_identity(struct setup *setup, const struct chutes__route *route)
{
    const char *key = route->client_key;

    if (route->client_cert != NULL) {
        set_string(setup, CURLOPT_SSLCERT, route->client_cert);
        set_string(setup, CURLOPT_SSLKEY,
                   key != NULL ? key : route->client_cert);
        /* If the key file was encrypted after our check, OpenSSL would ask for
         * its password on the terminal. */
        set_string(setup, CURLOPT_KEYPASSWD, "");
    }
}

static void set_proxy(struct setup *setup, const struct chutes__route *route)
{
    if (route->proxy != NULL) {
        set_string(setup, CURLOPT_PROXY, route->proxy);
    } else if (chutes__runtime_get()->is_privileged) {
        set_string(setup, CURLOPT_PROXY, "");
    }
}

/* HTTP/2 is never used without TLS. */
static bool offers_http2(const struct chutes__attempt *attempt)
{
    return chutes__runtime_offers_http2(attempt->route.http) &&
           chutes__slice_starts_with_nocase(chutes__slice_of(attempt->url),
                                            "https:");
}

static void set_version(struct setup *setup, bool offers_http2)
{
    if (!offers_http2) {
        set_long(setup, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        return;
    }
    set_long(setup, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    /* Makes libcurl wait for a connection that is being made, as that will
     * carry many requests. */
    set_long(setup, CURLOPT_PIPEWAIT, 1);
}

/* Sets the options that stay the same when the handle is used again. */
static CURLcode set_options(struct chutes__transfer *transfer)
{
    const struct chutes__route *route = &transfer->route;
    struct setup setup = {transfer->easy, CURLE_OK};

    for (size_t i = 0; i < CHUTES__COUNT(fixed_options); i++) {
        set_long(&setup, fixed_options[i].option, fixed_options[i].value);
    }
    set_string(&setup, CURLOPT_PROTOCOLS_STR,
               route->allow_http ? "http,https" : "https");
    set_string(&setup, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    set_version(&setup, transfer->offers_http2);
    set_trust(&setup, route);
    set_identity(&setup, route);
    set_proxy(&setup, route);
    if (route->unix_socket != NULL) {
        set_string(&setup, CURLOPT_UNIX_SOCKET_PATH, route->unix_socket);
    }
    return setup.code;
}

/* Sets the options that differ from attempt to attempt. */
static CURLcode set_request(struct chutes__transfer *transfer,
                            const struct chutes__attempt *attempt)
{
    struct setup setup = {transfer->easy, CURLE_OK};
    const char *before = NULL;

    /* libcurl makes a copy each time, also of the URL that it has already. */
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &before);
    if (before == NULL || strcmp(before, attempt->url) != 0) {
        set_string(&setup, CURLOPT_URL, attempt->url);
    }
    /* Replaced when the wait for a connection is over. 0 would mean 5 min. */
    set_long(&setup, CURLOPT_CONNECTTIMEOUT_MS, INT_MAX);
    set_body(&setup, attempt);
    if (setup.code == CURLE_OK) {
        setup.code = curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER,
                                      transfer->headers.first);
    }
    if (setup.code == CURLE_OK && attempt->source != NULL) {
        setup.code = chutes__transfer_set_upload_callbacks(transfer);
    }
    return setup.code;
}

static CURLcode set_answer_callbacks(struct chutes__transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer->socket) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->result.message) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
                         chutes__transfer_read_header) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                         chutes__transfer_read_body) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;

    return is_set ? CURLE_OK : CURLE_UNKNOWN_OPTION;
}

/* Makes the handle. The callbacks know the transfer by its address, which stays
 * the same for as long as the handle lives. */
static CURLcode make_easy(struct chutes__transfer *transfer)
{
    CURLcode code;

    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    code = set_options(transfer);
    if (code == CURLE_OK) {
        code = chutes__transfer_set_connect_callbacks(transfer);
    }
    /* HTTP/1.1 doesn't need it, and libcurl would pass all data to it, too. */
    if (code == CURLE_OK && transfer->offers_http2) {
        code = chutes__transfer_set_debug_callback(transfer);
    }
    if (code == CURLE_OK) {
        code = set_answer_callbacks(transfer);
    }
    return code;
}

/* ---- idle transfers ---- */

/* A new handle costs more than all that is set per attempt, but takes several
 * KiB, so only some of the handles of a thousand ended transfers are kept. */
enum { MAX_IDLE = 8 };

static bool has_route(const struct chutes__transfer *transfer,
                      const struct chutes__attempt *attempt)
{
    const struct chutes__route *have = &transfer->route;
    const struct chutes__route *want = &attempt->route;

    return have->ca_file == want->ca_file && have->ca_dir == want->ca_dir &&
           have->client_cert == want->client_cert &&
           have->client_key == want->client_key && have->proxy == want->proxy &&
           have->unix_socket == want->unix_socket &&
           have->allow_http == want->allow_http && have->http == want->http &&
           transfer->offers_http2 == offers_http2(attempt);
}

/* Returns an idle transfer whose handle is set up for this route, or a new one
 * without a handle. NULL: out of memory. */
static struct chutes__transfer *take(struct chutes__schedule *schedule,
                                     const struct chutes__attempt *attempt)
{
    for (struct chutes__link *link = schedule->idle.next;
         link != &schedule->idle; link = link->next) {
        struct chutes__transfer *idle =
            CHUTES__LIST_ENTRY(link, struct chutes__transfer, link);

        if (has_route(idle, attempt)) {
            chutes__list_remove(link);
            schedule->idle_count--;
            return idle;
        }
    }
    return chutes__mem_zalloc(sizeof(struct chutes__transfer));
}

/* A transfer that is special, failed or was stopped may have left options
 * behind. */
static bool is_reusable(const struct chutes__transfer *transfer)
{
    return transfer->has_ended && !transfer->is_special &&
           transfer->result.status == CHUTES_OK &&
           transfer->stop == CHUTES_OK && transfer->visit.restarts == 0;
}

/* ---- creating and freeing ---- */

static void init(struct chutes__transfer *transfer,
                 struct chutes__schedule *schedule,
                 const struct chutes__attempt *attempt,
                 const struct chutes__transfer_sink *sink)
{
    *transfer = (struct chutes__transfer){
        .schedule = schedule,
        .easy = transfer->easy,
        .route = attempt->route,
        .offers_http2 = offers_http2(attempt),
        .socket = {.fd = -1, .on_wanted = chutes__transfer_on_wanted},
        .url = attempt->url,
        .log = attempt->log,
        .sink = *sink,
        .watch = {.limits = attempt->clocks, .started_us = attempt->started_us},
        .timer = {.on_due = chutes__transfer_on_due},
        .is_special = attempt->method != NULL || attempt->source != NULL,
        .body_len =
            attempt->source != NULL ? attempt->source->len : attempt->body_len,
        .source = attempt->source,
        .visit = {.origin = chutes__trust_origin(attempt->url)},
        .content_length = -1,
        .result = {.connect_us = -1, .first_byte_us = -1},
    };
    chutes__list_init(&transfer->link);
    chutes__list_init(&transfer->visit.opening);
    chutes__head_init(&transfer->head, attempt->max_header_bytes);
    /* The limit is checked where bytes are added, with its own message. */
    chutes__buf_init(&transfer->held, SIZE_MAX);
}

static CURLcode make(struct chutes__transfer *transfer,
                     const struct chutes__attempt *attempt)
{
    CURLcode code = CURLE_OK;

    if (chutes__schedule_add_timer(transfer->schedule) != CHUTES_OK) {
        return CURLE_OUT_OF_MEMORY;
    }
    transfer->has_timer = true;
    transfer->headers = transfer->schedule->spare_lines;
    transfer->schedule->spare_lines = (struct chutes__header_lines){0};
    if (chutes__header_lines_init(&transfer->headers, attempt->headers,
                                  attempt->header_count) != CHUTES_OK) {
        return CURLE_OUT_OF_MEMORY;
    }
    if (transfer->easy == NULL) {
        code = make_easy(transfer);
    }
    return code == CURLE_OK ? set_request(transfer, attempt) : code;
}

chutes_status chutes__transfer_new(struct chutes__schedule *schedule,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error)
{
    struct chutes__transfer *fresh = take(schedule, attempt);
    CURLcode code;

    *transfer = NULL;
    if (fresh == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    init(fresh, schedule, attempt, sink);
    code = make(fresh, attempt);
    if (code == CURLE_OK) {
        /* Each transfer then needs a connection, so connections can be
         * counted. */
        if (!fresh->offers_http2) {
            schedule->saw_http1 = true;
        }
        chutes__transfer_set_timer(fresh);
        *transfer = fresh;
        return CHUTES_OK;
    }
    chutes__transfer_retire(fresh);
    if (code == CURLE_OUT_OF_MEMORY) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return chutes__fail(error, CHUTES_ERR_INTERNAL,
                        "libcurl refused an option: %s",
                        curl_easy_strerror(code));
}

void chutes__transfer_retire(struct chutes__transfer *transfer)
{
    struct chutes__schedule *schedule = transfer->schedule;
    bool is_kept = is_reusable(transfer) && schedule->idle_count < MAX_IDLE;

    if (!is_kept) {
        /* This comes first: libcurl borrows the header lines and may call
         * us. */
        curl_easy_cleanup(transfer->easy);
    }
    chutes__visit_end(&transfer->visit);
    if (transfer->has_timer) {
        chutes__schedule_remove_timer(schedule);
    }
    chutes__header_lines_retire(&transfer->headers, &schedule->spare_lines);
    chutes__head_dispose(&transfer->head);
    chutes__buf_dispose(&transfer->held);
    if (is_kept) {
        chutes__list_prepend(&schedule->idle, &transfer->link);
        schedule->idle_count++;
    } else {
        chutes__mem_free(transfer);
    }
}

void chutes__transfer_free_idle(struct chutes__schedule *schedule)
{
    while (!chutes__list_is_empty(&schedule->idle)) {
        struct chutes__transfer *idle = CHUTES__LIST_ENTRY(
            schedule->idle.next, struct chutes__transfer, link);

        chutes__list_remove(&idle->link);
        curl_easy_cleanup(idle->easy);
        chutes__mem_free(idle);
    }
}
