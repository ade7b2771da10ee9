/* SPDX-License-Identifier: MIT */
/*
 * Make an image and write it to a file: image PROMPT FILE
 *
 * Environment: CHUTES_CHUTE, the slug of a chute that makes images, and
 * CHUTES_API_KEY; or CHUTES_BASE_URL, for a server with OpenAI's API.
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

static int paint(chutes_client *client, const char *prompt, const char *path)
{
    chutes_image_params params = chutes_image_params_default();
    chutes_image_response *response = NULL;
    const chutes_media *image;
    chutes_error error;
    int code = EXIT_SUCCESS;

    params.slug = getenv("CHUTES_CHUTE");
    params.prompt = prompt;
    params.width = 512;
    params.height = 512;
    if (chutes_image_generate(client, &params, &response, &error) !=
        CHUTES_OK) {
        return report(&error);
    }
    image = response->images[0];
    if (chutes_media_save(image, path, &error) == CHUTES_OK) {
        printf("%s: %s, %d x %d pixels, %zu bytes\n", path, image->media_type,
               image->width, image->height, image->len);
    } else {
        code = report(&error);
    }
    chutes_image_response_free(response);
    return code;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc != 3) {
        fprintf(stderr, "usage: %s PROMPT FILE\n", argv[0]);
        return 2;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        return report(&error);
    }
    code = paint(client, argv[1], argv[2]);
    chutes_client_free(client);
    return code;
}
