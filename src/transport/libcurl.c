/* SPDX-License-Identifier: MIT */
/*
 * The table of libcurl's failures: the status that each of its codes, or a code
 * with a message, means at each stage of a transfer.
 */
#include "transport/libcurl.h"

#include "base/count.h"
#include "base/mem.h"

#include <stddef.h>
#include <string.h>

enum {
    /* libcurl's buffer for a line of at most 100 KiB grows by doubling. */
    LONG_LINE = 256 * 1024,
    CODE_TOO_LARGE = 100 /* CURLE_TOO_LARGE, which older headers lack */
};

/* Is there memory, in our allocator and in libcurl's? If so,
 * CURLE_OUT_OF_MEMORY from an older version means that a line was too long. */
static bool can_allocate(void)
{
    void *ours = chutes__mem_alloc(LONG_LINE);
    struct curl_slist *libcurls = curl_slist_append(NULL, "");
    bool can = ours != NULL && libcurls != NULL;

    chutes__mem_free(ours);
    curl_slist_free_all(libcurls);
    return can;
}

#define ALWAYS(status)                 \
    {                                  \
        status, status, status, status \
    }
/* Also for failures to make a second connection for a request that was sent. */
#define BROKEN                                                                \
    {                                                                         \
        CHUTES_ERR_CONNECT, CHUTES_ERR_CONNECTION_LOST, CHUTES_ERR_TRUNCATED, \
            CHUTES_ERR_TRUNCATED                                              \
    }
#define BROKEN_TLS                                                        \
    {                                                                     \
        CHUTES_ERR_TLS, CHUTES_ERR_CONNECTION_LOST, CHUTES_ERR_TRUNCATED, \
            CHUTES_ERR_TRUNCATED                                          \
    }
#define LOCAL                                                          \
    {                                                                  \
        CHUTES_ERR_INTERNAL, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL, \
            CHUTES_ERR_PROTOCOL                                        \
    }
#define BAD_BYTES                                                     \
    {                                                                 \
        CHUTES_ERR_CONNECT, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL, \
            CHUTES_ERR_PROTOCOL                                       \
    }

/* The first rule that applies counts. Those with a text, a version or a
 * condition therefore stand before the one for their code alone. */
static const struct chutes__libcurl_rule rules[] = {
    /* Connections that were not made, or broke. */
    {.code = CURLE_COULDNT_RESOLVE_PROXY,
     .status = BROKEN,
     /* libcurl's message may quote the setting, with its password. */
     .message = {"cannot resolve the proxy for ", ""}},
    {.code = CURLE_COULDNT_RESOLVE_HOST,
     .status = BROKEN,
     .message = {"cannot resolve ", ""}},
    {.code = CURLE_COULDNT_CONNECT,
     .text = "Unsupported proxy scheme", /* quotes the setting as well */
     .status = BROKEN,
     .message = {"the proxy for ", " has a scheme that is not supported"}},
    {.code = CURLE_COULDNT_CONNECT,
     .status = BROKEN,
     .is_about_resending = true},
    {.code = CURLE_ABORTED_BY_CALLBACK,
     .status = BROKEN,
     .is_about_resending = true},
    {.code = CURLE_PROXY, .status = BROKEN},
    {.code = CURLE_GOT_NOTHING, .status = BROKEN},
    {.code = CURLE_SEND_ERROR, .status = BROKEN},
    {.code = CURLE_SEND_FAIL_REWIND, .status = BROKEN},
    {.code = CURLE_PARTIAL_FILE, .status = BROKEN},
    {.code = CURLE_HTTP2, .status = BROKEN},
    {.code = CURLE_HTTP2_STREAM, .status = BROKEN},
    {.code = CURLE_UNRECOVERABLE_POLL, .status = BROKEN},
    {.code = CURLE_OPERATION_TIMEDOUT,
     .status = {CHUTES_ERR_TIMEOUT, CHUTES_ERR_CONNECTION_LOST,
                CHUTES_ERR_TRUNCATED, CHUTES_ERR_TRUNCATED}},

    /* Older versions use this code for many failures, and newer ones for some
     * of them. All headers together exceed 300 KiB (8.3): */
    {.code = CURLE_RECV_ERROR,
     .text = "Too large response headers",
     .status = ALWAYS(CHUTES_ERR_TOO_LARGE)},
    /* The line of a trailer exceeds 100 KiB (7.88): */
    {.code = CURLE_RECV_ERROR,
     .text = "Out of memory in chunked-encoding",
     .status = {CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL,
                CHUTES_OK}},
    /* A malformed chunk: */
    {.code = CURLE_RECV_ERROR,
     .text = "in chunked-encoding",
     .status = ALWAYS(CHUTES_ERR_PROTOCOL)},
    {.code = CURLE_RECV_ERROR,
     .text = "chunk hex-length", /* 8.22 */
     .status = ALWAYS(CHUTES_ERR_PROTOCOL)},
    {.code = CURLE_RECV_ERROR, .status = BROKEN},

    /* TLS. */
    {.code = CURLE_SSL_CONNECT_ERROR, .status = BROKEN_TLS},
    {.code = CURLE_PEER_FAILED_VERIFICATION, .status = BROKEN_TLS},
    {.code = CURLE_SSL_CERTPROBLEM, .status = BROKEN_TLS},
    {.code = CURLE_SSL_CIPHER, .status = BROKEN_TLS},
    {.code = CURLE_SSL_ISSUER_ERROR, .status = BROKEN_TLS},
    {.code = CURLE_SSL_PINNEDPUBKEYNOTMATCH, .status = BROKEN_TLS},
    {.code = CURLE_SSL_INVALIDCERTSTATUS, .status = BROKEN_TLS},
    {.code = CURLE_SSL_CLIENTCERT, .status = BROKEN_TLS},
    {.code = CURLE_SSL_ENGINE_INITFAILED, .status = BROKEN_TLS},

    /* Settings. */
    {.code = CURLE_SSL_CACERT_BADFILE, .status = ALWAYS(CHUTES_ERR_CONFIG)},
    {.code = CURLE_URL_MALFORMAT, .status = ALWAYS(CHUTES_ERR_CONFIG)},
    {.code = CURLE_UNSUPPORTED_PROTOCOL,
     .text = "HTTP/0.9", /* anything that isn't HTTP */
     .status = {CHUTES_ERR_CONFIG, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL,
                CHUTES_ERR_PROTOCOL},
     .complaint = "the server answered with another protocol than HTTP"},
    /* After a request: a malformed status line. */
    {.code = CURLE_UNSUPPORTED_PROTOCOL,
     .status = {CHUTES_ERR_CONFIG, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL,
                CHUTES_ERR_PROTOCOL}},

    /* Memory, and lines that are longer than libcurl accepts. */
    {.code = CURLE_OUT_OF_MEMORY,
     .before = CHUTES__LIBCURL_HAS_TOO_LARGE,
     .condition = can_allocate,
     .status = {CHUTES_ERR_NO_MEMORY, CHUTES_ERR_TOO_LARGE,
                CHUTES_ERR_TOO_LARGE, CHUTES_ERR_NO_MEMORY}},
    {.code = CURLE_OUT_OF_MEMORY, .status = ALWAYS(CHUTES_ERR_NO_MEMORY)},
    {.code = (CURLcode)CODE_TOO_LARGE,
     .status = {CHUTES_ERR_TOO_LARGE, CHUTES_ERR_TOO_LARGE,
                CHUTES_ERR_TOO_LARGE, CHUTES_OK}},

    /* Answers that libcurl can't parse. */
    {.code = CURLE_WEIRD_SERVER_REPLY,
     .status = {CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL,
                CHUTES_OK}},
    {.code = CURLE_BAD_FUNCTION_ARGUMENT, /* from parsing header lines */
     .status = {CHUTES_ERR_CONNECT, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL,
                CHUTES_OK},
     .complaint = "a header of the answer is malformed"},
    {.code = CURLE_BAD_CONTENT_ENCODING, .status = ALWAYS(CHUTES_ERR_PROTOCOL)},

    /* Before anything was sent: a bug of libcurl, or in our use of it. */
    {.code = CURLE_FAILED_INIT, .status = LOCAL},
    {.code = CURLE_NOT_BUILT_IN, .status = LOCAL},
    {.code = CURLE_FUNCTION_NOT_FOUND, .status = LOCAL},
    {.code = CURLE_UNKNOWN_OPTION, .status = LOCAL},
    {.code = CURLE_SSL_ENGINE_NOTFOUND, .status = LOCAL},
    {.code = CURLE_SSL_ENGINE_SETFAILED, .status = LOCAL},
};

/* All other codes, those of later versions included. They may be caused by
 * bytes that a proxy or a server sent, so they are never an internal error. */
static const struct chutes__libcurl_rule other_codes = {.status = BAD_BYTES};

static bool applies(const struct chutes__libcurl_rule *rule, unsigned version,
                    CURLcode code, const char *text)
{
    return rule->code == code &&
           (rule->before == 0 || version < rule->before) &&
           (rule->text == NULL || strstr(text, rule->text) != NULL) &&
           (rule->condition == NULL || rule->condition());
}

const struct chutes__libcurl_rule *
chutes__libcurl_find_rule(unsigned version, CURLcode code, const char *text)
{
    for (size_t i = 0; i < CHUTES__COUNT(rules); i++) {
        if (applies(&rules[i], version, code, text)) {
            return &rules[i];
        }
    }
    return &other_codes;
}
