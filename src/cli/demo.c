/* SPDX-License-Identifier: MIT */
/* The command `demo`: serves the demo model and shows a stream, a tool call and
 * a search with it. */
#include "cli/commands.h"
#include "cli/demo_search.h"
#include "cli/demo_tour.h"
#include "cli/interrupt.h"

#include "mock/demo.h"

#include <string.h>
#include <time.h>

/* Milliseconds between the events of a stream, at about reading speed. */
#define PACE_MS 45

static chutes_client *connect_to(const struct mock_demo *demo,
                                 chutes_error *error)
{
    chutes_client_options to = chutes_client_options_default();
    chutes_client *client = NULL;

    to.base_url = mock_demo_url(demo);
    to.embeddings_base_url = mock_demo_url(demo);
    to.api_key = "demo"; /* not the real one from the environment */
    to.proxy = "";
    if (chutes_client_new(&to, &client, error) == CHUTES_OK) {
        cli_interrupt_watch(client);
    }
    return client;
}

static int print_piece(const chutes_chat_event *event, void *user_data)
{
    struct cli_tour *tour = user_data;

    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        cli_write(tour->screen, event->text, event->text_len);
    }
    return tour->screen->failure != 0 ? 1 : 0;
}

static bool show_stream(struct cli_tour *tour)
{
    const char *prompt = "What do a lighthouse and a stream have in common?";
    const chutes_message message = chutes_user(prompt);
    chutes_chat_params params = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    bool is_shown = false;

    cli_tour_heading(tour, "1. A streamed answer: chutes_chat() with on_event");
    cli_tour_say(tour, "> %s\n", prompt);
    params.model = MOCK_DEMO_CHAT_MODEL;
    params.messages = &message;
    params.message_count = 1;
    params.on_event = print_piece;
    params.user_data = tour;
    if (chutes_chat(tour->client, &params, &response, &tour->error) ==
        CHUTES_OK) {
        cli_end_line(tour->screen);
        cli_tour_say_times(tour, response);
        is_shown = true;
    }
    chutes_chat_response_free(response);
    return is_shown;
}

/* Runs the tool. A real program would parse the arguments; here, only two are
 * possible. */
static void read_clock(const chutes_tool_call *call, char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm parts;

    if (strstr(call->arguments, "UTC") != NULL) {
        gmtime_r(&now, &parts);
    } else {
        localtime_r(&now, &parts);
    }
    strftime(text, size, "{\"time\":\"%H:%M:%S\"}", &parts);
}

static chutes_chat_params tool_params(const chutes_tool *tool,
                                      const chutes_message *messages,
                                      size_t count)
{
    chutes_chat_params params = chutes_chat_params_default();

    params.model = MOCK_DEMO_CHAT_MODEL;
    params.messages = messages;
    params.message_count = count;
    params.tools = tool;
    params.tool_count = 1;
    return params;
}

/* Sends the result of the tool back and shows the answer. */
static bool answer_tool_call(struct cli_tour *tour, const chutes_tool *tool,
                             const chutes_message *question,
                             const chutes_chat_choice *choice)
{
    const chutes_tool_call *call = choice->tool_calls[0];
    chutes_chat_params params;
    chutes_message messages[3];
    chutes_status status;
    char result[64];

    read_clock(call, result, sizeof(result));
    cli_tour_say(tour, "model asks:    %s(%s)\n", call->name, call->arguments);
    cli_tour_say(tour, "program says:  %s\n", result);
    messages[0] = *question;
    messages[1] =
        chutes_assistant_tool_calls(choice->content, choice->tool_calls, 1);
    messages[2] = chutes_tool_result(call->id, result);
    params = tool_params(tool, messages, 3);
    params.on_event = print_piece;
    params.user_data = tour;
    cli_tour_say(tour, "model answers: ");
    status = chutes_chat(tour->client, &params, NULL, &tour->error);
    cli_end_line(tour->screen);
    return status == CHUTES_OK;
}

static bool show_tool(struct cli_tour *tour)
{
    const chutes_tool tool = chutes_tool_of(
        "current_time", "The time of day",
        "{\"type\":\"object\",\"properties\":{\"zone\":{\"type\":\"string\","
        "\"enum\":[\"local\",\"UTC\"]}},\"required\":[\"zone\"]}");
    const chutes_message question = chutes_user("What time is it?");
    chutes_chat_params params = tool_params(&tool, &question, 1);
    chutes_chat_response *response = NULL;
    bool is_shown = false;

    cli_tour_heading(tour,
                     "2. A tool call: the model asks, the program runs it");
    cli_tour_say(tour, "> %s\n", question.content);
    if (chutes_chat(tour->client, &params, &response, &tour->error) ==
        CHUTES_OK) {
        if (response->choice_count > 0 &&
            response->choices[0]->tool_call_count > 0) {
            is_shown =
                answer_tool_call(tour, &tool, &question, response->choices[0]);
        } else {
            cli_tour_say(tour, "the model asked for no tool\n");
        }
    }
    chutes_chat_response_free(response);
    return is_shown;
}

static void say_how_to_go_live(struct cli_tour *tour, const char *program)
{
    cli_tour_heading(tour, "That was a demo model, not an AI");
    cli_tour_say(tour,
                 "Its words come from a small Markov chain, its vectors from "
                 "hashed words.\n"
                 "The client, the socket and the protocol were real. To go "
                 "live:\n\n"
                 "  export CHUTES_API_KEY=cpk_...   # from https://chutes.ai\n"
                 "  %s chat \"Write a short poem about AI\"\n\n"
                 "or against any OpenAI-compatible server on this host:\n\n"
                 "  %s chat --base-url http://localhost:8000/v1 -m MODEL "
                 "hello\n",
                 program, program);
}

static int run_tour(struct cli_tour *tour, const struct mock_demo *demo,
                    struct cli_output *output)
{
    cli_tour_say(tour,
                 "chutes demo: no key, no network. A demo model (not an AI)\n"
                 "serves %s on this host,\n"
                 "and libchutes %s talks to it as it does to Chutes.\n",
                 mock_demo_url(demo), chutes_version());
    if (show_stream(tour) && show_tool(tour) && cli_demo_search(tour)) {
        say_how_to_go_live(tour, output->program);
        return CLI_EXIT_OK;
    }
    if (tour->screen->failure != 0) {
        return CLI_EXIT_API; /* cli_output_finish() reports it */
    }
    cli_end_line(tour->screen);
    if (tour->error.status == CHUTES_OK) {
        cli_complain(output, "the demo model didn't answer as expected");
        return CLI_EXIT_API;
    }
    cli_complain_of(output, &tour->error);
    return cli_exit_of(tour->error.status, &tour->error, NULL);
}

int cli_demo(const struct cli_options *options, struct cli_output *output)
{
    struct cli_tour tour = {&output->answer, NULL, {0}};
    struct mock_demo_options to = {0};
    struct mock_demo *demo;
    const char *reason = NULL;
    int code;

    if (options->operands.count > 0) {
        cli_refuse(output, "demo takes no arguments");
        return CLI_EXIT_USAGE;
    }
    to.delay_ms = PACE_MS;
    demo = mock_demo_start(&to, &reason);
    if (demo == NULL) {
        cli_complain(output, "can't serve on this host: %s", reason);
        return CLI_EXIT_NETWORK;
    }
    tour.client = connect_to(demo, &tour.error);
    if (tour.client != NULL) {
        code = run_tour(&tour, demo, output);
    } else {
        cli_complain_of(output, &tour.error);
        code = cli_exit_of(tour.error.status, &tour.error, NULL);
    }
    cli_interrupt_watch(NULL);
    chutes_client_free(tour.client);
    mock_demo_stop(demo);
    return code;
}
