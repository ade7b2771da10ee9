/* SPDX-License-Identifier: MIT */
/*
 * The exported function that makes a data URL, for images and other files in
 * messages.
 */
#include <chutes/message.h>

#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"

/* Base64 of 96 MiB takes 128 MiB, the default of max_request_bytes. */
#define MAX_BYTES ((size_t)96 << 20)

/* Accepts a type/subtype with parameters such as ";codecs=opus". */
static bool is_media_type(const char *text)
{
    static const char allowed[] = "!#$&^_.+-;=/0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz";
    const char *slash = strchr(text, '/');

    return slash != NULL && slash != text && slash[1] != '\0' &&
           text[strspn(text, allowed)] == '\0';
}

static chutes_status check(const char *media_type, const void *bytes,
                           size_t len, chutes_error *error)
{
    if (media_type == NULL || !is_media_type(media_type)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "media_type must be like \"image/png\"");
    }
    if (bytes == NULL && len > 0) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "bytes must not be NULL");
    }
    if (len > MAX_BYTES) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "len must be at most %zu", MAX_BYTES);
    }
    return CHUTES_OK;
}

chutes_status chutes_data_url(const char *media_type, const void *bytes,
                              size_t len, char **url, chutes_error *error)
{
    static const char start[] = "data:";
    static const char coding[] = ";base64,";
    const size_t text_len = chutes__base64_encoded_len(len);
    size_t type_len;
    chutes_status status;
    char *at;

    chutes__error_clear(error);
    if (url == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "url must not be NULL");
    }
    *url = NULL;
    status = check(media_type, bytes, len, error);
    if (status != CHUTES_OK) {
        return status;
    }
    type_len = strlen(media_type);
    at =
        chutes__mem_alloc(sizeof(start) + type_len + sizeof(coding) + text_len);
    if (at == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *url = at;
    memcpy(at, start, sizeof(start) - 1);
    at += sizeof(start) - 1;
    memcpy(at, media_type, type_len);
    at += type_len;
    memcpy(at, coding, sizeof(coding) - 1);
    at += sizeof(coding) - 1;
    chutes__base64_encode(at, bytes, len);
    at[text_len] = '\0';
    return CHUTES_OK;
}

void chutes_string_free(char *string)
{
    chutes__mem_free(string);
}
