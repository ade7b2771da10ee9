/* SPDX-License-Identifier: MIT */
/*
 * Print what a chute takes and what it costs: describe SLUG [BASE-URL]
 *
 * The pages are public; no key is sent. BASE-URL is for tests.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static void print_endpoint(const chutes_chute_endpoint *endpoint)
{
    printf("%s %s%s\n", endpoint->method, endpoint->path,
           endpoint->wraps_args != 0 ? ", in {\"args\":{…}}" : "");
    for (size_t i = 0; i < endpoint->field_count; i++) {
        const chutes_chute_field *field = endpoint->fields[i];

        printf("  %s: %s%s\n", field->name, field->type,
               field->required != 0 ? ", required" : "");
    }
}

static int describe(chutes_client *client, const char *slug, const char *base)
{
    chutes_chute_describe_params params =
        chutes_chute_describe_params_default();
    chutes_chute_description *it = NULL;
    chutes_error error;

    params.slug = slug;
    params.base_url = base;
    if (chutes_chute_describe(client, &params, &it, &error) != CHUTES_OK) {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
        return EXIT_FAILURE;
    }
    printf("%s\n", it->title);
    if (it->usd_per_hour >= 0) {
        printf("%.2f USD per hour\n", it->usd_per_hour);
    }
    for (size_t i = 0; i < it->endpoint_count; i++) {
        print_endpoint(it->endpoints[i]);
    }
    chutes_chute_description_free(it);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (argc < 2) {
        fprintf(stderr, "usage: %s SLUG [BASE-URL]\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = describe(client, argv[1], argc > 2 ? argv[2] : NULL);
    chutes_client_free(client);
    return code;
}
