/* SPDX-License-Identifier: MIT */
/*
 * Send JSON to any chute and write what it answers to a file:
 *
 *     invoke SLUG|URL|/PATH JSON FILE [ACCEPT]
 *     invoke https://chutes-kokoro.chutes.ai/speak '{"text":"Hi"}' hi.wav
 *
 * FILE appears only when the answer is whole and, with ACCEPT, such as
 * "audio/wav", only if it is of this type. Environment: CHUTES_API_KEY;
 * CHUTES_BASE_URL, for /PATH.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_target(chutes_invoke_params *params, const char *where)
{
    if (where[0] == '/') {
        params->path = where;
    } else if (strstr(where, "://") != NULL) {
        params->url = where;
    } else {
        params->slug = where;
    }
}

static int invoke(chutes_client *client, const chutes_invoke_params *params)
{
    chutes_invoke_response *response = NULL;
    chutes_error error;

    if (chutes_invoke(client, params, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    printf("%s: %zu bytes, %s\n", params->output_path, response->received,
           response->content_type);
    chutes_invoke_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_invoke_params params = chutes_invoke_params_default();
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc < 4) {
        fputs("usage: invoke SLUG|URL|/PATH JSON FILE [ACCEPT]\n", stderr);
        return EXIT_FAILURE;
    }
    set_target(&params, argv[1]);
    params.json = argv[2];
    params.output_path = argv[3];
    params.accept = argc > 4 ? argv[4] : NULL;
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = invoke(client, &params);
    chutes_client_free(client);
    return code;
}
