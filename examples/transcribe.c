/* SPDX-License-Identifier: MIT */
/*
 * Print what is said in an audio file, with times: transcribe FILE
 *
 * Environment: CHUTES_BASE_URL, for a server with OpenAI's API, CHUTES_API_KEY
 * and CHUTES_MODEL.
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

static int transcribe(chutes_client *client, const char *path)
{
    chutes_transcribe_params params = chutes_transcribe_params_default();
    chutes_transcript *transcript = NULL;
    chutes_error error;

    params.model = getenv("CHUTES_MODEL");
    params.file_path = path;
    params.format = CHUTES_TRANSCRIPT_VERBOSE_JSON;
    if (chutes_transcribe(client, &params, &transcript, &error) != CHUTES_OK) {
        return report(&error);
    }
    for (size_t i = 0; i < transcript->segment_count; i++) {
        const chutes_transcript_piece *segment = transcript->segments[i];

        printf("%7.2f %7.2f  %s\n", segment->start, segment->end,
               segment->text);
    }
    if (transcript->segment_count == 0) {
        puts(transcript->text);
    }
    chutes_transcript_free(transcript);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        return report(&error);
    }
    code = transcribe(client, argv[1]);
    chutes_client_free(client);
    return code;
}
