/* SPDX-License-Identifier: MIT */
/*
 * The result of a transfer: status and outcome, from libcurl's code and from
 * what we saw ourselves. libcurl.c has the table; this file handles the cases
 * in which the code alone doesn't decide.
 */
#include "transport/transfer_outcome.h"

#include "base/count.h"
#include "base/slice.h"
#include "transport/descriptors.h"
#include "transport/transfer_message.h"

#include <stdio.h>
#include <string.h>

enum {
    STATUS_NO_CONTENT = 204,
    STATUS_PROXY_LOGIN = 407,
    STATUS_TIMEOUT = 408,
    STATUS_TOO_MANY = 429,
    STATUS_SERVER_ERROR = 500
};

static enum chutes__stage stage_of(const struct chutes__transfer *transfer)
{
    if (transfer->watch.sent_us == 0) {
        return CHUTES__STAGE_UNSENT;
    }
    if (transfer->head.state == CHUTES__HEAD_WHOLE) {
        return CHUTES__STAGE_BODY;
    }
    return transfer->head.status == 0 ? CHUTES__STAGE_SENT
                                      : CHUTES__STAGE_ANSWERING;
}

/* With TLS 1.3, a server rejects a missing or wrong client certificate after
 * the handshake is over for the client, when the request may be on its way. The
 * server has not looked at the request then. */
static bool is_certificate_rejected(const struct chutes__transfer *transfer)
{
    static const char *const alerts[] = {"certificate", "unknown ca",
                                         "access denied"};
    const char *alert = strstr(transfer->result.message, " alert ");

    if (alert == NULL || transfer->result.http_status != 0 ||
        strstr(transfer->result.message, "SSL routines") == NULL) {
        return false;
    }
    for (size_t i = 0; i < CHUTES__COUNT(alerts); i++) {
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

/* libcurl's codes for a connection that broke. */
static bool is_broken(CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SEND_ERROR ||
           code == CURLE_RECV_ERROR;
}

/* Did a new connection break between the handshake and the request? That is
 * when a TLS 1.3 server checks our certificate. If it closes at once, its alert
 * is lost with the connection. */
static bool broke_after_handshake(const struct chutes__transfer *transfer,
                                  CURLcode code)
{
    return is_broken(code) && transfer->watch.sent_us != 0 &&
           !transfer->result.reused && transfer->result.http_status == 0 &&
           chutes__slice_starts_with_nocase(chutes__slice_of(transfer->url),
                                            "https:") &&
           is_unsent(transfer);
}

/* Will a proxy that refuses to tunnel with this status refuse it again? */
static bool is_final_refusal(long status)
{
    return status != 0 && status < STATUS_SERVER_ERROR &&
           status != STATUS_TIMEOUT && status != STATUS_TOO_MANY;
}

static chutes_status apply_rule(const struct chutes__transfer *transfer,
                                const struct chutes__libcurl_rule *rule)
{
    chutes_status status = rule->status[stage_of(transfer)];

    return status == CHUTES_OK && transfer->is_http2
               ? rule->status[CHUTES__STAGE_ANSWERING]
               : status;
}

static chutes_status judge_failure(struct chutes__transfer *transfer,
                                   CURLcode code)
{
    chutes_status status;

    if (code == CURLE_BAD_CONTENT_ENCODING) {
        return chutes__transfer_deliver_error_head(transfer);
    }
    status = apply_rule(transfer, chutes__transfer_find_rule(transfer, code));
    if (status == CHUTES_ERR_CONNECT &&
        chutes__transfer_refused_tunnel(transfer) == STATUS_PROXY_LOGIN) {
        return CHUTES_ERR_CONFIG;
    }
    if (status == CHUTES_ERR_CONNECTION_LOST &&
        (is_certificate_rejected(transfer) ||
         broke_after_handshake(transfer, code))) {
        return CHUTES_ERR_TLS;
    }
    return status;
}

/* libcurl 7.88 returns CURLE_OK when the connection ends, even in the middle of
 * the head. */
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
                   is_certificate_rejected(transfer)
               ? CHUTES_OUTCOME_NOT_SENT
               : CHUTES_OUTCOME_MAYBE_SENT;
}

/* Did one of the sides reject the handshake? Otherwise it was cut off, as can
 * happen to any connection. */
static bool is_handshake_rejected(const char *message)
{
    return strstr(message, "alert") != NULL ||
           (strstr(message, "SSL routines") != NULL &&
            strstr(message, "unexpected eof") == NULL);
}

static bool is_lasting(const struct chutes__transfer *transfer, CURLcode code)
{
    const struct chutes__transfer_result *result = &transfer->result;

    if (result->status == CHUTES_ERR_TLS) {
        return !is_broken(code) || is_handshake_rejected(result->message);
    }
    return result->status == CHUTES_ERR_CONFIG ||
           (result->status == CHUTES_ERR_CONNECT &&
            is_final_refusal(chutes__transfer_refused_tunnel(transfer)));
}

/* Without a free file descriptor, libcurl fails with one of many codes,
 * including CURLE_OUT_OF_MEMORY. */
static bool lacks_descriptors(const struct chutes__transfer *transfer,
                              CURLcode code)
{
    return code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT &&
           transfer->watch.sent_us == 0 && chutes__descriptors_are_used_up();
}

/* Called for a transfer that has ended without an error. */
static bool is_whole(const struct chutes__transfer *transfer)
{
    if (transfer->content_length >= 0 &&
        transfer->head.status != STATUS_NO_CONTENT) {
        return transfer->result.body_bytes >= transfer->content_length;
    }
    return transfer->is_chunked || transfer->is_http2 ||
           transfer->head.status == STATUS_NO_CONTENT;
}

void chutes__transfer_decide(struct chutes__transfer *transfer, CURLcode code)
{
    struct chutes__transfer_result *result = &transfer->result;

    result->outcome = outcome_of(transfer);
    /* Our own reasons come first: libcurl's code only says that it was
     * stopped. */
    if (transfer->stop != CHUTES_OK) {
        result->status = transfer->stop;
        return;
    }
    if (transfer->watch.complete_us != 0) {
        result->status = CHUTES_OK;
        result->is_whole = is_whole(transfer);
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
        result->is_whole = is_whole(transfer);
        result->message[0] = '\0';
        return;
    }
    if (result->status == CHUTES_ERR_TLS &&
        !is_handshake_rejected(result->message) &&
        broke_after_handshake(transfer, code)) {
        (void)snprintf(result->message, sizeof(result->message), "%s",
                       "it ended after the handshake, when a server may ask "
                       "for a client certificate (client_cert)");
    }
    result->is_lasting = is_lasting(transfer, code);
    chutes__transfer_describe(transfer, code);
}
