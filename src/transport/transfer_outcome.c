/* SPDX-License-Identifier: MIT */
#include "transport/transfer_outcome.h"

#include "base/mem.h"
#include "base/slice.h"
#include "transport/descriptors.h"
#include "transport/runtime.h"
#include "transport/transfer_message.h"

#include <stdio.h>
#include <string.h>

enum {
    LONG_LINE = 256 * 1024,
    CODE_TOO_LARGE = 100, /* CURLE_TOO_LARGE, since 8.6.0 */
    PROXY_WANTS_LOGIN = 407
};

/* What a failure means depends on how far the transfer had come. */
enum stage { STAGE_UNSENT, STAGE_SENT, STAGE_ANSWERING, STAGE_COUNT };

struct rule {
    CURLcode code;
    chutes_status status[STAGE_COUNT];
};

#define ALWAYS(status)         \
    {                          \
        status, status, status \
    }
/* Broken connections, and failures to make a second one for a request that was
 * already sent. */
#define BROKEN                                                               \
    {                                                                        \
        CHUTES_ERR_CONNECT, CHUTES_ERR_CONNECTION_LOST, CHUTES_ERR_TRUNCATED \
    }
#define LOCAL                                                         \
    {                                                                 \
        CHUTES_ERR_INTERNAL, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL \
    }
#define BROKEN_TLS                                                       \
    {                                                                    \
        CHUTES_ERR_TLS, CHUTES_ERR_CONNECTION_LOST, CHUTES_ERR_TRUNCATED \
    }

static const struct rule RULES[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, BROKEN},
    {CURLE_COULDNT_RESOLVE_HOST, BROKEN},
    {CURLE_COULDNT_CONNECT, BROKEN},
    {CURLE_PROXY, BROKEN},
    {CURLE_GOT_NOTHING, BROKEN},
    {CURLE_SEND_ERROR, BROKEN},
    {CURLE_RECV_ERROR, BROKEN},
    {CURLE_SEND_FAIL_REWIND, BROKEN},
    {CURLE_PARTIAL_FILE, BROKEN},
    {CURLE_HTTP2, BROKEN},
    {CURLE_HTTP2_STREAM, BROKEN},
    {CURLE_UNRECOVERABLE_POLL, BROKEN},
    {CURLE_ABORTED_BY_CALLBACK, BROKEN},
    {CURLE_OPERATION_TIMEDOUT,
     {CHUTES_ERR_TIMEOUT, CHUTES_ERR_CONNECTION_LOST, CHUTES_ERR_TRUNCATED}},
    {CURLE_SSL_CONNECT_ERROR, BROKEN_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, BROKEN_TLS},
    {CURLE_SSL_CERTPROBLEM, BROKEN_TLS},
    {CURLE_SSL_CIPHER, BROKEN_TLS},
    {CURLE_SSL_ISSUER_ERROR, BROKEN_TLS},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, BROKEN_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, BROKEN_TLS},
    {CURLE_SSL_CLIENTCERT, BROKEN_TLS},
    {CURLE_SSL_ENGINE_INITFAILED, BROKEN_TLS},
    {CURLE_SSL_CACERT_BADFILE, ALWAYS(CHUTES_ERR_CONFIG)},
    {CURLE_URL_MALFORMAT, ALWAYS(CHUTES_ERR_CONFIG)},
    /* Also what libcurl says of HTTP/0.9 and of a bad status line. */
    {CURLE_UNSUPPORTED_PROTOCOL,
     {CHUTES_ERR_CONFIG, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL}},
    {CURLE_WEIRD_SERVER_REPLY, ALWAYS(CHUTES_ERR_PROTOCOL)},
    {CURLE_BAD_CONTENT_ENCODING, ALWAYS(CHUTES_ERR_PROTOCOL)},
    {CURLE_OUT_OF_MEMORY, ALWAYS(CHUTES_ERR_NO_MEMORY)},
    {(CURLcode)CODE_TOO_LARGE, ALWAYS(CHUTES_ERR_TOO_LARGE)},
    /* Before anything was sent these are faults of libcurl or of our use of
     * it. */
    {CURLE_FAILED_INIT, LOCAL},
    {CURLE_NOT_BUILT_IN, LOCAL},
    {CURLE_FUNCTION_NOT_FOUND, LOCAL},
    {CURLE_UNKNOWN_OPTION, LOCAL},
    {CURLE_SSL_ENGINE_NOTFOUND, LOCAL},
    {CURLE_SSL_ENGINE_SETFAILED, LOCAL},
};

/* Every other code, those of newer versions included, may be what libcurl makes
 * of bytes that a proxy or a server sent: it is never an internal error. */
static const struct rule OTHER = {
    CURLE_OK, {CHUTES_ERR_CONNECT, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL}};

static enum stage stage_of(const struct chutes__transfer *transfer)
{
    if (transfer->watch.sent_us == 0) {
        return STAGE_UNSENT;
    }
    return transfer->head.status == 0 ? STAGE_SENT : STAGE_ANSWERING;
}

/* Of our allocator, which is asked for much, and of libcurl's. */
static bool can_allocate(void)
{
    void *ours = chutes__mem_alloc(LONG_LINE);
    struct curl_slist *libcurls = curl_slist_append(NULL, "");
    bool can = ours != NULL && libcurls != NULL;

    chutes__mem_free(ours);
    curl_slist_free_all(libcurls);
    return can;
}

/* A line of the head beyond libcurl's 100 KiB is reported as want of memory by
 * versions that have no code for it. It is that line when the head isn't whole
 * and there is memory. */
static bool looks_like_a_long_line(const struct chutes__transfer *transfer)
{
    return !chutes__runtime_get()->says_too_large &&
           transfer->watch.sent_us != 0 &&
           transfer->head.state != CHUTES__HEAD_WHOLE && can_allocate();
}

/* With TLS 1.3 a server says that it misses a client certificate, or doesn't
 * like the one it got, when the handshake is over for the client and the
 * request may be on its way. The server hasn't looked at it. */
static bool misses_certificate(const struct chutes__transfer *transfer)
{
    static const char *const alerts[] = {"certificate", "unknown ca",
                                         "access denied"};
    const char *alert = strstr(transfer->result.message, " alert ");

    if (alert == NULL || transfer->result.http_status != 0 ||
        strstr(transfer->result.message, "SSL routines") == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
        if (strstr(alert, alerts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Did no byte of the request leave? */
static bool is_unsent(const struct chutes__transfer *transfer)
{
    long bytes_sent = 0;

    return transfer->watch.sent_us == 0 ||
           (curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE,
                              &bytes_sent) == CURLE_OK &&
            bytes_sent == 0);
}

/* How libcurl says that a connection is gone. */
static bool is_cut_short(CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SEND_ERROR ||
           code == CURLE_RECV_ERROR;
}

/* Was a new connection ended when the handshake was over for us, and before the
 * request left? With TLS 1.3 that is where a server looks at our certificate;
 * when it closes at once, its alert is lost with the connection. */
static bool is_ended_behind_handshake(const struct chutes__transfer *transfer,
                                      CURLcode code)
{
    return is_cut_short(code) && transfer->watch.sent_us != 0 &&
           !transfer->result.reused && transfer->result.http_status == 0 &&
           chutes__slice_starts_with_nocase(chutes__slice_of(transfer->url),
                                            "https:") &&
           is_unsent(transfer);
}

/* Failures that libcurl files under a wider code. */
static chutes_status refine(const struct chutes__transfer *transfer,
                            CURLcode code, chutes_status status)
{
    if (code == CURLE_OUT_OF_MEMORY && looks_like_a_long_line(transfer)) {
        return CHUTES_ERR_TOO_LARGE;
    }
    if (status == CHUTES_ERR_CONNECTION_LOST &&
        (misses_certificate(transfer) ||
         is_ended_behind_handshake(transfer, code))) {
        return CHUTES_ERR_TLS;
    }
    if (code != CURLE_RECV_ERROR) {
        return status;
    }
    if (strstr(transfer->result.message, "Too large response headers") !=
        NULL) {
        return CHUTES_ERR_TOO_LARGE;
    }
    /* Bytes that can't be a chunk. */
    if (strstr(transfer->result.message, "in chunked-encoding") != NULL ||
        strstr(transfer->result.message, "chunk hex-length") != NULL) {
        return CHUTES_ERR_PROTOCOL;
    }
    return status;
}

static const struct rule *find_rule(CURLcode code)
{
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
        if (RULES[i].code == code) {
            return &RULES[i];
        }
    }
    return &OTHER;
}

/* Did libcurl refuse a trailer? It looks at header lines in this way, and those
 * that come behind the head come behind the whole body. */
static bool is_bad_trailer(const struct chutes__transfer *transfer,
                           CURLcode code)
{
    const char *message = transfer->result.message;

    if (transfer->head.state != CHUTES__HEAD_WHOLE || transfer->is_http2) {
        return false;
    }
    switch ((int)code) {
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CODE_TOO_LARGE:
        return true;
    case CURLE_RECV_ERROR: /* what is too long, by older versions */
        return strstr(message, "Out of memory in chunked-encoding") != NULL;
    default:
        return false;
    }
}

static bool is_refused_by_proxy(const struct chutes__transfer *transfer)
{
    long status = 0;

    return transfer->watch.sent_us == 0 &&
           curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE,
                             &status) == CURLE_OK &&
           status == PROXY_WANTS_LOGIN;
}

static chutes_status judge_failure(struct chutes__transfer *transfer,
                                   CURLcode code)
{
    const struct rule *rule = find_rule(code);

    if (code == CURLE_BAD_CONTENT_ENCODING) {
        return chutes__transfer_deliver_error_head(transfer);
    }
    if (is_bad_trailer(transfer, code)) {
        return CHUTES_OK;
    }
    if (is_refused_by_proxy(transfer)) {
        return CHUTES_ERR_CONFIG;
    }
    return refine(transfer, code, rule->status[stage_of(transfer)]);
}

/* libcurl says OK as soon as the connection ended, be it amid the headers. */
static chutes_status judge_success(const struct chutes__transfer *transfer)
{
    if (transfer->head.state == CHUTES__HEAD_WHOLE) {
        return CHUTES_OK;
    }
    return transfer->head.state == CHUTES__HEAD_OPEN
               ? CHUTES_ERR_TRUNCATED
               : CHUTES_ERR_CONNECTION_LOST;
}

static chutes_outcome outcome_of(const struct chutes__transfer *transfer)
{
    if (transfer->result.http_status != 0) {
        return CHUTES_OUTCOME_ANSWERED;
    }
    return is_unsent(transfer) || transfer->was_refused ||
                   misses_certificate(transfer)
               ? CHUTES_OUTCOME_NOT_SENT
               : CHUTES_OUTCOME_MAYBE_SENT;
}

/* Whether the failure of a handshake was said by either side. It may also have
 * been cut short, as any connection may. */
static bool was_said(const char *message)
{
    return strstr(message, "alert") != NULL ||
           (strstr(message, "SSL routines") != NULL &&
            strstr(message, "unexpected eof") == NULL);
}

static bool is_lasting(const struct chutes__transfer *transfer, CURLcode code)
{
    const struct chutes__transfer_result *result = &transfer->result;

    if (result->status == CHUTES_ERR_TLS) {
        return !is_cut_short(code) || was_said(result->message);
    }
    return result->status == CHUTES_ERR_CONFIG;
}

/* Without descriptors left libcurl fails in many ways, one of which is want of
 * memory. */
static bool lacks_descriptors(const struct chutes__transfer *transfer,
                              CURLcode code)
{
    return code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT &&
           transfer->watch.sent_us == 0 && chutes__descriptors_are_used_up();
}

void chutes__transfer_decide(struct chutes__transfer *transfer, CURLcode code)
{
    struct chutes__transfer_result *result = &transfer->result;

    result->outcome = outcome_of(transfer);
    if (transfer->stop != CHUTES_OK) {
        result->status = transfer->stop;
        return;
    }
    if (transfer->watch.complete_us != 0) {
        result->status = CHUTES_OK;
        result->message[0] = '\0';
        return;
    }
    if (lacks_descriptors(transfer, code)) {
        result->status = CHUTES_ERR_CONNECT;
        chutes__descriptors_describe(result->message, sizeof(result->message));
        return;
    }
    result->status = code == CURLE_OK ? judge_success(transfer)
                                      : judge_failure(transfer, code);
    if (result->status == CHUTES_OK) {
        result->message[0] = '\0';
        return;
    }
    if (result->status == CHUTES_ERR_TLS && !was_said(result->message) &&
        is_ended_behind_handshake(transfer, code)) {
        (void)snprintf(result->message, sizeof(result->message), "%s",
                       "it was ended behind the handshake, where a server may "
                       "ask for a client certificate (client_cert)");
    }
    result->is_lasting = is_lasting(transfer, code);
    chutes__transfer_describe(transfer, code);
}
