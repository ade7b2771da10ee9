/* SPDX-License-Identifier: MIT */
/* Show the values of a struct while the model writes them: json [PROMPT]
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL. */
#include <chutes/chutes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    char *name;
    int masts;
} ship;
static const chutes_field ship_fields[] = {
    CHUTES_STRING(ship, name, NULL),
    CHUTES_INT(ship, masts, NULL),
};
static const chutes_schema ship_schema =
    CHUTES_SCHEMA(ship, "ship", ship_fields);

typedef struct {
    ship *ships;
    size_t ship_count;
} fleet;
static const chutes_field fleet_fields[] = {
    CHUTES_OBJECTS(fleet, ships, ship_count, ship, &ship_schema, NULL,
                   .min_items = 2, .max_items = 3),
};
static const chutes_schema fleet_schema =
    CHUTES_SCHEMA(fleet, "fleet", fleet_fields);

/* Called for each value; this prints those that are complete. */
static int print_value(const chutes_partial_json_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == CHUTES_PARTIAL_JSON_END && event->text_len > 0) {
        printf("%s = %s\n", event->path, event->text);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message =
        chutes_user(argc > 1 ? argv[1] : "Name two sailing ships.");
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_parse_options options = chutes_chat_parse_options_default();
    chutes_client *client = NULL;
    chutes_error error;
    chutes_status status = chutes_client_new(NULL, &client, &error);
    fleet *found = NULL;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    options.on_json = print_value;
    if (status == CHUTES_OK) {
        status =
            chutes_chat_parse_with(client, &params, &fleet_schema, &options,
                                   (void **)&found, NULL, &error);
    }
    if (status == CHUTES_OK) {
        printf("%zu ships\n", found->ship_count);
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    chutes_schema_free(found);
    chutes_client_free(client);
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
