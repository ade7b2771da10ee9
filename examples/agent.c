/* SPDX-License-Identifier: MIT */
/* Run an agent with two tools, for several rounds if needed: agent [PROMPT]
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL. */
#include <chutes/chutes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    char *city;
} place;
static const chutes_field fields[] = {CHUTES_STRING(place, city, "A city")};
static const chutes_schema schema = CHUTES_SCHEMA(place, "place", fields);

static chutes_status weather(const void *arguments, chutes_tool_reply *reply,
                             void *user_data)
{
    (void)user_data;
    return chutes_tool_reply_printf(reply, "It is sunny in %s.",
                                    ((const place *)arguments)->city);
}

static chutes_status book(const void *arguments, chutes_tool_reply *reply,
                          void *user_data)
{
    (void)arguments;
    return chutes_tool_reply_printf(reply, "Table %d.", ++*(int *)user_data);
}

int main(int argc, char **argv)
{
    int tables = 0;
    const chutes_tool_handler tools[] = {
        {"weather", "Weather in a city", &schema, weather, .is_read_only = 1},
        {"book", "Book a table", &schema, book, .user_data = &tables},
    };
    const char *model = getenv("CHUTES_MODEL");
    chutes_conversation *talk = chutes_conversation_new("Be brief.");
    chutes_chat_params chat = chutes_chat_params_default();
    chutes_run_params run = chutes_run_params_default();
    chutes_client *client = NULL;
    chutes_chat_response *response = NULL;
    chutes_error error;

    chat.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    chat.parallel_tool_calls = 1;
    run.chat = &chat;
    run.tools = tools;
    run.tool_count = 2;
    chutes_conversation_add_user(talk, argc > 1 ? argv[1] : "A table in Rome.");
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK) {
        chutes_run_tools(client, talk, &run, &response, &error);
    }
    puts(chutes_chat_response_text(response));
    fputs(error.message, stderr);
    chutes_chat_response_free(response);
    chutes_client_free(client);
    chutes_conversation_free(talk);
    return error.status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
