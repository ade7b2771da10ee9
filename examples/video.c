/* SPDX-License-Identifier: MIT */
/*
 * Make a video and write it to a file: video PATH PROMPT FILE
 *
 * PATH is where the chute makes videos, such as /generate or /text2video.
 * Environment: CHUTES_CHUTE, the slug of the chute, and CHUTES_API_KEY; or
 * CHUTES_BASE_URL, for another server.
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

static int film(chutes_client *client, char **arguments)
{
    chutes_video_params params = chutes_video_params_default();
    chutes_video_response *response = NULL;
    const chutes_media *video;
    chutes_error error;
    int code = EXIT_SUCCESS;

    params.slug = getenv("CHUTES_CHUTE");
    params.path = arguments[0];
    params.prompt = arguments[1];
    params.seed = 7;
    if (chutes_video_generate(client, &params, &response, &error) !=
        CHUTES_OK) {
        return report(&error);
    }
    video = response->video;
    if (chutes_media_save(video, arguments[2], &error) == CHUTES_OK) {
        printf("%s: %s, %zu bytes\n", arguments[2], video->media_type,
               video->len);
    } else {
        code = report(&error);
    }
    chutes_video_response_free(response);
    return code;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc != 4) {
        fprintf(stderr, "usage: %s PATH PROMPT FILE\n", argv[0]);
        return 2;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        return report(&error);
    }
    code = film(client, argv + 1);
    chutes_client_free(client);
    return code;
}
