/* SPDX-License-Identifier: MIT */
/*
 * List the models of a server: models [FEATURE]
 *
 * With FEATURE, such as "tools", it lists only the models that support it.
 * Environment: CHUTES_BASE_URL; CHUTES_API_KEY if the server needs a key.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int has_feature(const chutes_model *model, const char *feature)
{
    if (feature == NULL) {
        return 1;
    }
    for (size_t i = 0; i < model->supported_feature_count; i++) {
        if (strcmp(model->supported_features[i], feature) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Numbers that the server didn't send are -1. */
static void print_model(const chutes_model *model)
{
    printf("%s", model->id);
    if (model->context_length >= 0) {
        printf(", %lld tokens", (long long)model->context_length);
    }
    if (model->input_price >= 0 && model->output_price >= 0) {
        printf(", $%.2f in, $%.2f out", model->input_price,
               model->output_price);
    }
    puts("");
}

static int list(chutes_client *client, const char *feature)
{
    chutes_models_response *response = NULL;
    chutes_error error;

    if (chutes_models_list(client, NULL, &response, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < response->model_count; i++) {
        if (has_feature(response->models[i], feature)) {
            print_model(response->models[i]);
        }
    }
    chutes_models_response_free(response);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = list(client, argc > 1 ? argv[1] : NULL);
    chutes_client_free(client);
    return code;
}
