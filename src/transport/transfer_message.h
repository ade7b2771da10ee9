/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_MESSAGE_H
#define CHUTES_TRANSPORT_TRANSFER_MESSAGE_H

#include <curl/curl.h>

#include "transport/transfer.h"

/* Says in the result's message what its status means here, without secrets. */
void chutes__transfer_describe(struct chutes__transfer *transfer,
                               CURLcode code);

#endif
