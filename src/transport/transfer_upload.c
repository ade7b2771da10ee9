/* SPDX-License-Identifier: MIT */
/*
 * The body of a request that its source supplies while it is sent.
 */
#include "transport/transfer.h"

/* CURLOPT_READFUNCTION */
static size_t read_source(char *to, size_t size, size_t count, void *userdata)
{
    struct chutes__transfer *transfer = userdata;
    const struct chutes__body_source *source = transfer->source;
    uint64_t left = source->len - transfer->source_at;
    size_t room = size * count;
    chutes_status status = CHUTES_ERR_INTERNAL;
    const char *message = NULL;
    size_t taken;

    if (transfer->stop != CHUTES_OK) {
        return CURL_READFUNC_ABORT;
    }
    if (left == 0) {
        return 0;
    }
    room = room < left ? room : (size_t)left;
    taken = source->read(source->ctx, to, room, transfer->source_at, &status,
                         &message);
    if (taken == 0 || taken > room) {
        chutes__transfer_stop(transfer, status, message);
        return CURL_READFUNC_ABORT;
    }
    transfer->source_at += taken;
    return taken;
}

/* CURLOPT_SEEKFUNCTION: libcurl goes back to the start when it sends a request
 * again on another connection because nothing of it was sent on the first. */
static int seek_source(void *userdata, curl_off_t offset, int origin)
{
    struct chutes__transfer *transfer = userdata;

    if (origin != SEEK_SET || offset < 0 ||
        (uint64_t)offset > transfer->source->len) {
        return CURL_SEEKFUNC_FAIL;
    }
    transfer->source_at = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

CURLcode
chutes__transfer_set_upload_callbacks(struct chutes__transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_source) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_source) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer) == CURLE_OK;

    return is_set ? CURLE_OK : CURLE_UNKNOWN_OPTION;
}
