/* SPDX-License-Identifier: MIT */
/*
 * Start work that takes long, wait for it, and fetch the first file that it
 * made:
 *
 *     operation /PATH JSON FILE
 *
 * Environment: CHUTES_API_KEY and CHUTES_BASE_URL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static int note(const chutes_operation *operation, void *user_data)
{
    (void)user_data;
    fprintf(stderr, "%s\n", operation->status);
    return 0;
}

/* Returns the URL of the operation, or NULL. */
static char *start(chutes_client *client, const char *path, const char *json,
                   chutes_error *error)
{
    chutes_invoke_params params = chutes_invoke_params_default();
    chutes_invoke_response *response = NULL;
    char *url = NULL;

    params.path = path;
    params.json = json;
    if (chutes_invoke(client, &params, &response, error) == CHUTES_OK) {
        chutes_operation_url(response, &url, error);
    }
    chutes_invoke_response_free(response);
    return url;
}

static void fetch(chutes_client *client, const chutes_operation *operation,
                  const char *file, chutes_error *error)
{
    chutes_invoke_params params = chutes_invoke_params_default();

    if (operation->artifact_count == 0) {
        printf("%.*s\n", (int)operation->data_len,
               operation->data != NULL ? operation->data : "");
        return;
    }
    params.method = "GET";
    params.url = operation->artifacts[0]->url;
    params.output_path = file;
    params.resume = 1; /* should the connection be lost */
    if (chutes_invoke(client, &params, NULL, error) == CHUTES_OK) {
        printf("%s: %s\n", file, operation->artifacts[0]->content_type);
    }
}

static void run(chutes_client *client, char **argv, chutes_error *error)
{
    chutes_operation_params params = chutes_operation_params_default();
    chutes_operation *operation = NULL;
    char *url = start(client, argv[1], argv[2], error);

    params.url = url;
    params.on_status = note;
    if (url != NULL && chutes_operation_wait(client, &params, &operation,
                                             error) == CHUTES_OK) {
        fetch(client, operation, argv[3], error);
    }
    chutes_operation_free(operation);
    chutes_string_free(url);
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;

    if (argc != 4) {
        fprintf(stderr, "usage: %s /PATH JSON FILE\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK) {
        run(client, argv, &error);
    }
    chutes_client_free(client);
    if (error.status != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
