/* SPDX-License-Identifier: MIT */
/*
 * Speak a text and write the audio to a file: speech TEXT FILE
 *
 * Environment: CHUTES_CHUTE, the slug of a chute that speaks, and
 * CHUTES_API_KEY; or CHUTES_BASE_URL, for a server with OpenAI's API.
 * CHUTES_VOICE: one of its voices.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static int report(const chutes_error *error)
{
    fprintf(stderr, "%s: %s\n", chutes_status_name(error->status),
            error->message);
    return EXIT_FAILURE;
}

static int speak(chutes_client *client, const char *text, const char *path)
{
    chutes_speech_params params = chutes_speech_params_default();
    chutes_speech_response *response = NULL;
    const chutes_media *audio;
    chutes_error error;
    int code = EXIT_SUCCESS;

    params.slug = getenv("CHUTES_CHUTE");
    params.text = text;
    params.voice = getenv("CHUTES_VOICE");
    if (chutes_speech(client, &params, &response, &error) != CHUTES_OK) {
        return report(&error);
    }
    audio = response->audio;
    if (chutes_media_save(audio, path, &error) == CHUTES_OK) {
        printf("%s: %s, %zu bytes\n", path, audio->media_type, audio->len);
    } else {
        code = report(&error);
    }
    chutes_speech_response_free(response);
    return code;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc != 3) {
        fprintf(stderr, "usage: %s TEXT FILE\n", argv[0]);
        return 2;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        return report(&error);
    }
    code = speak(client, argv[1], argv[2]);
    chutes_client_free(client);
    return code;
}
