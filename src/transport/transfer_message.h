/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_MESSAGE_H
#define CHUTES_TRANSPORT_TRANSFER_MESSAGE_H

#include <curl/curl.h>

#include "transport/libcurl.h"
#include "transport/transfer.h"

/* Returns the row of libcurl's failures for this code and for libcurl's
 * message, which must still be in the result. */
const struct chutes__libcurl_rule *
chutes__transfer_find_rule(const struct chutes__transfer *transfer,
                           CURLcode code);

/* Returns the status with which a proxy refused to tunnel; 0: none did. */
long chutes__transfer_refused_tunnel(const struct chutes__transfer *transfer);

/* Writes the message for the status that the result has, without secrets. */
void chutes__transfer_describe(struct chutes__transfer *transfer,
                               CURLcode code);

#endif
