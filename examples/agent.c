/* SPDX-License-Identifier: MIT */
/* An agent with two tools, which may take several rounds: agent [PROMPT]
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL. */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static chutes_status weather(const char *arguments, chutes_tool_reply *reply,
                             void *user_data)
{
    char *city = chutes_json_get_string(arguments, strlen(arguments), "city");

    fprintf(user_data, "weather(%s)\n", arguments);
    chutes_tool_reply_printf(reply, "It is sunny in %s.", city ? city : "??");
    chutes_string_free(city);
    return CHUTES_OK;
}

static chutes_status book(const char *arguments, chutes_tool_reply *reply,
                          void *user_data)
{
    fprintf(user_data, "book(%s)\n", arguments);
    return chutes_tool_reply_printf(reply, "Table 7 is yours.");
}

int main(int argc, char **argv)
{
    static const char city[] = "{\"type\":\"object\",\"properties\":{\"city\":{"
                               "\"type\":\"string\"}},\"required\":[\"city\"]}";
    const chutes_tool_handler tools[] = {
        {"weather", "Weather in a city", city, weather, .user_data = stderr},
        {"book", "Book a table in a city", city, book, .user_data = stderr},
    };
    chutes_conversation *talk = chutes_conversation_new("Be brief.");
    chutes_chat_params chat = chutes_chat_params_default();
    chutes_run_params run = chutes_run_params_default();
    chutes_client *client = NULL;
    chutes_chat_response *response = NULL;
    chutes_error error;

    chat.model = getenv("CHUTES_MODEL") != NULL ? getenv("CHUTES_MODEL")
                                                : "deepseek-ai/DeepSeek-V3.2";
    chat.parallel_tool_calls = 1;
    run.chat = &chat;
    run.tools = tools;
    run.tool_count = 2;
    chutes_conversation_add_user(talk, argc > 1 ? argv[1] : "A table in Rome.");
    if (chutes_client_new(NULL, &client, &error) == CHUTES_OK) {
        chutes_run_tools(client, talk, &run, &response, &error);
    }
    fprintf(error.status == CHUTES_OK ? stdout : stderr, "%s\n",
            error.status == CHUTES_OK ? chutes_chat_response_text(response)
                                      : error.message);
    chutes_chat_response_free(response);
    chutes_client_free(client);
    chutes_conversation_free(talk);
    return error.status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
