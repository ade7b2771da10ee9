/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_OUTCOME_H
#define CHUTES_TRANSPORT_TRANSFER_OUTCOME_H

#include <curl/curl.h>

#include "transport/transfer.h"

/* Fills what is still open of the transfer's result, from libcurl's verdict
 * and from what we saw ourselves. */
void chutes__transfer_decide(struct chutes__transfer *transfer, CURLcode code);

#endif
