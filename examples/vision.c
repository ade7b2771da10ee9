/* SPDX-License-Identifier: MIT */
/*
 * Ask about an image: vision FILE.png [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL (a vision model).
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

#define MAX_IMAGE_BYTES ((size_t)20 << 20)

static unsigned char image[MAX_IMAGE_BYTES];

/* Returns the file as a data URL, which the caller frees with
 * chutes_string_free(), or NULL on failure. */
static char *read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len = 0;
    char *url = NULL;
    chutes_error error;

    if (file == NULL) {
        perror(path);
        return NULL;
    }
    len = fread(image, 1, sizeof(image), file);
    if (ferror(file) || !feof(file)) {
        fprintf(stderr, "%s: can't be read or is too large\n", path);
    } else if (chutes_data_url("image/png", image, len, &url, &error) !=
               CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    fclose(file);
    return url;
}

static int ask(chutes_client *client, const char *url, const char *prompt)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_content_part parts[] = {chutes_text_part(prompt),
                                         chutes_image_part(url, NULL)};
    const chutes_message message = chutes_user_parts(parts, 2);
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_error error;

    params.model = model != NULL ? model : "Qwen/Qwen2.5-VL-32B-Instruct";
    params.messages = &message;
    params.message_count = 1;

    if (chutes_chat(client, &params, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    puts(chutes_chat_response_text(response));
    chutes_chat_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    char *url;
    int code = EXIT_FAILURE;

    if (argc < 2) {
        fprintf(stderr, "usage: vision FILE.png [PROMPT]\n");
        return 2;
    }
    url = read_image(argv[1]);
    if (url == NULL) {
        return EXIT_FAILURE;
    }
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK) {
        code = ask(client, url, argc > 2 ? argv[2] : "What is in this image?");
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    chutes_client_free(client);
    chutes_string_free(url);
    return code;
}
