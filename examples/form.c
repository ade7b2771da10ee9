/* SPDX-License-Identifier: MIT */
/*
 * Send a file and a field as a form (multipart/form-data), as uploads to many
 * chutes are made:
 *
 *     form SLUG|/PATH-BELOW-BASE-URL FILE PROMPT
 *     form /audio/transcriptions speech.wav "A talk about tides."
 *
 * The file is read while it is sent. Environment: CHUTES_API_KEY;
 * CHUTES_BASE_URL, for a path.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static int send_form(chutes_client *client, const char *where, const char *file,
                     const char *prompt)
{
    const chutes_invoke_part parts[] = {
        {.name = "file", .path = file},
        {.name = "prompt", .text = prompt},
    };
    chutes_invoke_params params = chutes_invoke_params_default();
    chutes_invoke_response *response = NULL;
    chutes_error error;

    params.slug = where[0] != '/' ? where : NULL;
    params.path = where[0] == '/' ? where : NULL;
    params.parts = parts;
    params.part_count = sizeof(parts) / sizeof(parts[0]);
    if (chutes_invoke(client, &params, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    fwrite(response->body, 1, response->body_len, stdout);
    putchar('\n');
    chutes_invoke_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc != 4) {
        fprintf(stderr, "usage: %s SLUG|/PATH FILE PROMPT\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = send_form(client, argv[1], argv[2], argv[3]);
    chutes_client_free(client);
    return code;
}
