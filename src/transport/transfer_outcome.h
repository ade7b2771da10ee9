/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_OUTCOME_H
#define CHUTES_TRANSPORT_TRANSFER_OUTCOME_H

#include <curl/curl.h>

#include "transport/transfer.h"

/* Completes the transfer's result: status, outcome and message, from libcurl's
 * code and from what was seen of the answer. */
void chutes__transfer_decide(struct chutes__transfer *transfer, CURLcode code);

#endif
