/* SPDX-License-Identifier: MIT */
/*
 * Let the model call a function once: tools [PROMPT]
 *
 * Environment: CHUTES_API_KEY, CHUTES_BASE_URL, CHUTES_MODEL.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CALLS 8

/* The function that the model may call. A real program would parse the
 * arguments. They are JSON as the model wrote it, so they may be invalid. */
static const char *get_weather(const char *arguments)
{
    return strstr(arguments, "\"city\"") != NULL
               ? "{\"weather\":\"sunny\",\"celsius\":21}"
               : "{\"error\":\"which city?\"}";
}

/* Appends the tool calls and their results to the messages. */
static size_t run_tools(const chutes_chat_choice *choice,
                        chutes_message *messages, size_t count)
{
    size_t calls = choice->tool_call_count;

    calls = calls < MAX_CALLS ? calls : MAX_CALLS;
    messages[count++] =
        chutes_assistant_tool_calls(choice->content, choice->tool_calls, calls);
    for (size_t i = 0; i < calls; i++) {
        const chutes_tool_call *call = choice->tool_calls[i];

        fprintf(stderr, "calling %s(%s)\n", call->name, call->arguments);
        messages[count++] =
            chutes_tool_result(call->id, get_weather(call->arguments));
    }
    return count;
}

static int converse(chutes_client *client, const char *prompt)
{
    const char *model = getenv("CHUTES_MODEL");
    const chutes_tool tool = chutes_tool_of(
        "get_weather", "The weather in a city",
        "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
        "\"required\":[\"city\"]}");
    chutes_message messages[2 + MAX_CALLS] = {chutes_user(prompt)};
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *question = NULL;
    chutes_chat_response *answer = NULL;
    chutes_status status;
    chutes_error error;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = messages;
    params.message_count = 1;
    params.tools = &tool;
    params.tool_count = 1;

    status = chutes_chat(client, &params, &question, &error);
    if (status == CHUTES_OK && question->choice_count > 0 &&
        question->choices[0]->tool_call_count > 0) {
        params.message_count = run_tools(question->choices[0], messages, 1);
        status = chutes_chat(client, &params, &answer, &error);
    }
    if (status == CHUTES_OK) {
        puts(chutes_chat_response_text(answer != NULL ? answer : question));
    } else {
        fprintf(stderr, "%s: %s\n", chutes_status_name(status), error.message);
    }
    chutes_chat_response_free(answer);
    /* This can't be earlier: the messages point into it. */
    chutes_chat_response_free(question);
    return status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
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
    code = converse(client, argc > 1 ? argv[1] : "Is it warm in Lisbon?");
    chutes_client_free(client);
    return code;
}
