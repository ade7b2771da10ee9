/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TLS_LOOK_H
#define CHUTES_TRANSPORT_TLS_LOOK_H

#include <stdbool.h>

#include <curl/curl.h>

/*
 * Whether an idle connection has anything to read for a transfer that is about
 * to use it. Over TLS what has arrived need not be: servers send session
 * tickets and new keys behind an answer (TLS 1.3). These are taken in; a
 * close_notify, another alert or bytes of the application are something.
 */

/* From libcurl's callback before a request. Over plain TCP, and where libcurl's
 * TLS isn't the library that we link, any byte is something. */
bool chutes__tls_look(CURL *easy, int fd);

#endif
