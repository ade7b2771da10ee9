/* SPDX-License-Identifier: MIT */
#include "transport/date.h"

#include <curl/curl.h>

bool chutes__date_parse(const char *text, int64_t *unix_s)
{
    time_t parsed = curl_getdate(text, NULL);

    *unix_s = (int64_t)parsed;
    return parsed != -1;
}
