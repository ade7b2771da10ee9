/* SPDX-License-Identifier: MIT */
/* Does the least that a program with our libraries can do; `chutes version` is
 * compared with it. */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <stdio.h>

int main(void)
{
    (void)printf("%s %s %s %d\n", curl_version_info(CURLVERSION_NOW)->version,
                 cJSON_Version(), OpenSSL_version(OPENSSL_VERSION_STRING),
                 OPENSSL_init_ssl(0, NULL));
    return 0;
}
