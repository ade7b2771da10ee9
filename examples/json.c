/* SPDX-License-Identifier: MIT */
/* Show an answer in JSON while it is streamed: json [PROMPT]
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL. */
#include <chutes/chutes.h>
#include <stdio.h>
#include <stdlib.h>

static const char SCHEMA[] =
    "{\"type\":\"object\",\"properties\":{\"ships\":{\"type\":\"array\","
    "\"minItems\":2,\"maxItems\":3,\"items\":{\"type\":\"object\","
    "\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"masts\":{\"type\":\"integer\"}},\"required\":[\"name\",\"masts\"],"
    "\"additionalProperties\":false}}},\"required\":[\"ships\"],"
    "\"additionalProperties\":false}";

/* Called for each value; this prints those that are complete. */
static int print_value(const chutes_partial_json_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == CHUTES_PARTIAL_JSON_END && event->text_len > 0) {
        printf("%s = %s\n", event->path, event->text);
    }
    return 0;
}

static int read_piece(const chutes_chat_event *event, void *user_data)
{
    return event->type == CHUTES_CHAT_EVENT_CONTENT &&
           chutes_partial_json_feed(user_data, event->text, event->text_len,
                                    NULL) != CHUTES_OK;
}

int main(int argc, char **argv)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_message message =
        chutes_user(argc > 1 ? argv[1] : "Name two sailing ships.");
    chutes_chat_params params = chutes_chat_params_default();
    chutes_partial_json *json = chutes_partial_json_new(print_value, NULL);
    chutes_client *client = NULL;
    chutes_error error;
    chutes_status status = chutes_client_new(NULL, &client, &error);

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    params.json_schema = SCHEMA;
    params.on_event = read_piece;
    params.user_data = json;
    if (status == CHUTES_OK) {
        status = chutes_chat(client, &params, NULL, &error);
    }
    if (status != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    chutes_partial_json_free(json);
    chutes_client_free(client);
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
