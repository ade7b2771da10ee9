/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <chutes/chutes.h>

/* What an application does first, compiled as C and as C++. */
int main(void)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = NULL;
    chutes_error error;

    options.base_url = "http://127.0.0.1:1/v1/";
    if (chutes_client_new(&options, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    chutes_client_free(client);
    printf("%s\n", chutes_version_details());
    return strcmp(chutes_version(), CHUTES_VERSION) == 0 ? 0 : 1;
}
