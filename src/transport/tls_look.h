/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TLS_LOOK_H
#define CHUTES_TRANSPORT_TLS_LOOK_H

#include <stdbool.h>

#include <curl/curl.h>

/*
 * Returns whether an idle connection is fit for a request: open, and without
 * input that no request asked for. Must be called from libcurl's callback
 * before a request.
 *
 * With TLS 1.3, servers send session tickets and new keys after an answer.
 * These are processed and don't matter; a close_notify, any other alert, and
 * data for the application make the connection unfit. Over plain TCP, and if
 * libcurl uses another TLS library than the one that we link, any byte does.
 */
bool chutes__tls_look(CURL *easy, int fd);

#endif
