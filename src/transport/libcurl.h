/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_LIBCURL_H
#define CHUTES_TRANSPORT_LIBCURL_H

#include <stdbool.h>

#include <curl/curl.h>

#include <chutes/status.h>

/*
 * Differences between versions of libcurl, for which we check the version:
 *
 *   7.87.0  is the oldest with CURLOPT_QUICK_EXIT, CURL_WRITEFUNC_ERROR and
 *           the cache of CA certificates
 *   8.6.0   a header line beyond 100 KiB is CURLE_TOO_LARGE; before, it was
 *           CURLE_OUT_OF_MEMORY
 *   8.6.0   or later: the connect timeout includes the wait for a free
 *           connection
 *   8.14.0  fixes the last of the bugs by which an upload or a paused stream
 *           stalled an HTTP/2 connection
 *
 * and differences for which the code, written for all versions, needs no check:
 *
 *   8.5     wants input from a socket while the transfer is paused, and after
 *           a whole answer (multi.h, transfer_body.c)
 *   8.14    looks at transfers that it has queued only when another one gets
 *           its connection or ends (admission.c)
 *   8.20    or so: names the proxy in "Failed to connect" (transfer_message.c)
 *   8.22    ignores a socket callback that fails (multi.h), reads ahead of the
 *           TLS library (tls_look.c), and joins the threads of name lookups
 *           unless CURLMOPT_QUICK_EXIT is set (multi.c)
 */
enum {
    CHUTES__LIBCURL_NEEDED = 0x075700,
    CHUTES__LIBCURL_HAS_TOO_LARGE = 0x080600,
    CHUTES__LIBCURL_TIMES_QUEUE = 0x080600,
    CHUTES__LIBCURL_PAUSES_HTTP2 = 0x080e00
};

/* How far a transfer came. The meaning of a failure depends on it. */
enum chutes__stage {
    CHUTES__STAGE_UNSENT,
    CHUTES__STAGE_SENT,      /* no status line was seen */
    CHUTES__STAGE_ANSWERING, /* the head isn't whole */
    CHUTES__STAGE_BODY,      /* the head is whole */
    CHUTES__STAGE_COUNT
};

/* One line of the table of failures. */
struct chutes__libcurl_rule {
    CURLcode code;
    /* For the versions before this one; 0: for all of 7.87 to 8.22. */
    unsigned before;
    const char *text;        /* that libcurl's message contains; NULL: any */
    bool (*condition)(void); /* that holds as well; NULL: none */
    /* CHUTES_OK: over HTTP/1.1, libcurl refused a trailer, which comes after
     * the whole body. Over HTTP/2 the status of ANSWERING holds. */
    chutes_status status[CHUTES__STAGE_COUNT];
    /* Before a connection: our message instead of libcurl's, in two parts
     * around the name of the server. NULL: libcurl's is used. */
    const char *message[2];
    /* With CHUTES_ERR_PROTOCOL: our message instead of libcurl's. */
    const char *complaint;
    /* libcurl's message describes its attempt to send the request once more,
     * not what happened to the first. */
    bool is_about_resending;
};

/* Returns the first rule that applies to this version of libcurl, its code and
 * its message. The last one applies to everything. */
const struct chutes__libcurl_rule *
chutes__libcurl_find_rule(unsigned version, CURLcode code, const char *text);

#endif
