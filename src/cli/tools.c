/* SPDX-License-Identifier: MIT */
/* Runs programs as the tools of a chat. */
#include "cli/tools.h"

#include "cli/alloc.h"
#include "cli/child.h"
#include "cli/clock.h"
#include "cli/tool_ask.h"
#include "cli/tool_describe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Bytes of a tool's output that the model gets. */
#define MAX_OUTPUT ((size_t)250 << 10)
/* The max_result_bytes of a run. A byte becomes up to 6 in the JSON of an
 * error. The rest is for our own words, so that the library never cuts a
 * result, and with it our note. */
#define MAX_RESULT (6 * MAX_OUTPUT + 1024)
#define MAX_NOTE 300
/* A tool is killed this long after the run's deadline, so that the error names
 * the limit of the run. */
#define SLACK_MS 100

struct tool {
    const char *program;
    struct cli_tools *tools;
};

struct cli_tools {
    const struct cli_options *options;
    struct cli_output *output;
    struct tool *items;
    chutes_tool_handler *handlers; /* as many */
    size_t count;
    int64_t deadline_ms; /* when the command must end, by cli_now_ms() */
};

/* ---- one call ------------------------------------------------------------ */

static int64_t deadline_of(const struct cli_tools *tools)
{
    int64_t limit_ms = tools->options->tool_timeout_ms;
    int64_t own_ms = limit_ms > 0 ? cli_now_ms() + limit_ms : INT64_MAX;

    return own_ms < tools->deadline_ms ? own_ms : tools->deadline_ms;
}

/* Prints the output, and a note if it was cut. A NUL becomes U+FFFD, as it does
 * in the library, because it would end the text of an error. */
static void print_output(FILE *file, const struct cli_child_result *result)
{
    const char *end = result->output + result->len;

    for (const char *at = result->output; at < end;) {
        size_t len = strnlen(at, (size_t)(end - at));

        fwrite(at, 1, len, file);
        at += len;
        if (at < end) {
            fputs("\xEF\xBF\xBD", file);
            at++;
        }
    }
    if (result->left_out > 0) {
        fprintf(file, "\n[%zu more bytes were left out]", result->left_out);
    }
}

static void reply_with_output(const struct cli_child_result *result,
                              chutes_tool_reply *reply)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    print_output(file, result);
    fclose(file);
    (void)chutes_tool_reply_set(reply, text, len);
    free(text);
}

/* The output is included, as it may explain the mistake to the model. */
static void reply_with_failure(const struct cli_child_result *result,
                               chutes_tool_reply *reply)
{
    bool is_killed = WIFSIGNALED(result->status);
    int number =
        is_killed ? WTERMSIG(result->status) : WEXITSTATUS(result->status);
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    fprintf(file, "the tool %s %d: ",
            is_killed ? "was ended by signal" : "failed with exit code",
            number);
    print_output(file, result);
    fclose(file);
    (void)chutes_tool_reply_fail(reply, text);
    free(text);
}

static chutes_status run_tool(const void *arguments, chutes_tool_reply *reply,
                              void *user_data)
{
    const struct tool *tool = user_data;
    const char *const argv[] = {tool->program, NULL};
    const struct cli_child child = {argv, arguments, strlen(arguments),
                                    deadline_of(tool->tools), MAX_OUTPUT};
    struct cli_child_result result;
    int failure = cli_child_run(&child, &result);

    if (failure != 0) {
        (void)chutes_tool_reply_fail(reply, strerror(failure));
    } else if (result.end == CLI_CHILD_INTERRUPTED) {
        chutes_tool_reply_end_run(reply);
    } else if (result.end == CLI_CHILD_LATE) {
        (void)chutes_tool_reply_fail(reply, "the tool took too long, and was "
                                            "ended");
    } else if (result.status != 0) {
        reply_with_failure(&result, reply);
    } else {
        reply_with_output(&result, reply);
    }
    free(result.output);
    return CHUTES_OK;
}

static chutes_tool_decision deny(chutes_tool_reply *reply, const char *reason)
{
    (void)chutes_tool_reply_set(reply, reason, strlen(reason));
    return CHUTES_DECIDE_DENY;
}

static chutes_tool_decision decide(const chutes_tool_call *call,
                                   const chutes_tool_handler *handler,
                                   chutes_tool_reply *reply, void *user_data)
{
    struct cli_tools *tools = user_data;

    if (handler->is_read_only != 0 || tools->options->says_yes) {
        return CHUTES_DECIDE_ALLOW;
    }
    switch (cli_tool_ask(call, tools->output)) {
    case CLI_CONSENT_GIVEN:
        return CHUTES_DECIDE_ALLOW;
    case CLI_CONSENT_DENIED:
        return deny(reply, "the user doesn't allow it");
    case CLI_CONSENT_NOBODY:
        cli_complain(tools->output,
                     "there is no terminal to ask whether %s "
                     "may run; --yes allows all tools",
                     handler->name);
        return deny(reply, "nobody can be asked to allow it");
    case CLI_CONSENT_INTERRUPTED:
        return CHUTES_DECIDE_END;
    }
    return CHUTES_DECIDE_END;
}

/* Returns how many bytes of a note to print: MAX_NOTE or fewer, so that no
 * character is cut. */
static int measure_note(const char *text)
{
    size_t len = strnlen(text, MAX_NOTE);

    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) {
        len--;
    }
    return (int)len;
}

static void show_result(const chutes_tool_call *call, const char *result,
                        int is_error, void *user_data)
{
    const struct cli_tools *tools = user_data;

    /* The next answer begins on a line of its own. */
    cli_end_line(&tools->output->answer);
    if (is_error != 0) {
        cli_note(tools->output, "tool %s: %.*s%s", call->name,
                 measure_note(result), result,
                 strlen(result) > MAX_NOTE ? "..." : "");
    }
}

/* ---- the run ------------------------------------------------------------- */

static chutes_conversation *begin_talk(const chutes_chat_params *chat,
                                       chutes_error *error)
{
    chutes_conversation *talk = chutes_conversation_new(NULL);

    error->status = talk != NULL ? CHUTES_OK : CHUTES_ERR_NO_MEMORY;
    for (size_t i = 0; i < chat->message_count && error->status == CHUTES_OK;
         i++) {
        chutes_conversation_add(talk, &chat->messages[i], error);
    }
    return talk;
}

/* A run has a retry policy of its own, unless the call has one. */
static chutes_retry_policy policy_of(const struct cli_options *options)
{
    return options->retries == 0 ? CHUTES_RETRY_NONE : options->retry_policy;
}

void cli_tools_chat(struct cli_tools *tools, chutes_client *client,
                    const chutes_chat_params *chat,
                    chutes_chat_response **response, chutes_error *error)
{
    const struct cli_options *options = tools->options;
    chutes_call_options call_options = chutes_call_options_default();
    chutes_run_params run = chutes_run_params_default();
    chutes_chat_params own = *chat;
    chutes_conversation *talk;

    memset(error, 0, sizeof(*error));
    call_options.retry_policy = (int)policy_of(options);
    own.call_options = &call_options;
    run.chat = &own;
    run.tools = tools->handlers;
    run.tool_count = tools->count;
    run.before_tool = decide;
    run.after_tool = show_result;
    run.max_result_bytes = MAX_RESULT;
    run.user_data = tools;
    if (options->max_rounds != CHUTES_UNSET) {
        run.max_rounds = (int)options->max_rounds;
    }
    tools->deadline_ms = INT64_MAX;
    if (options->timeout_ms > 0) {
        run.total_timeout_ms = options->timeout_ms;
        tools->deadline_ms = cli_now_ms() + options->timeout_ms + SLACK_MS;
    }
    talk = begin_talk(chat, error);
    if (error->status == CHUTES_OK) {
        chutes_run_tools(client, talk, &run, response, error);
    }
    chutes_conversation_free(talk);
}

/* ---- the list ------------------------------------------------------------ */

static bool check_name(const struct cli_tools *tools, size_t index)
{
    const char *name = tools->handlers[index].name;

    for (size_t i = 0; i < index; i++) {
        if (strcmp(name, tools->handlers[i].name) == 0) {
            cli_refuse(
                tools->output, "--tool %s: --tool %s has the name %s too",
                tools->items[index].program, tools->items[i].program, name);
            return false;
        }
    }
    return true;
}

static bool add(struct cli_tools *tools, const char *program)
{
    size_t index = tools->count;
    chutes_tool_handler *handler = &tools->handlers[index];

    tools->items[index] = (struct tool){program, tools};
    handler->run = run_tool;
    handler->user_data = &tools->items[index];
    tools->count++; /* a refused tool has texts to be freed, too */
    return cli_tool_describe(program, handler, tools->output) &&
           check_name(tools, index);
}

struct cli_tools *cli_tools_new(const struct cli_options *options,
                                struct cli_output *output)
{
    const struct cli_list *programs = &options->tools;
    struct cli_tools *tools = cli_alloc(1, sizeof(*tools));

    tools->options = options;
    tools->output = output;
    tools->items = cli_alloc(programs->count, sizeof(*tools->items));
    tools->handlers = cli_alloc(programs->count, sizeof(*tools->handlers));
    for (size_t i = 0; i < programs->count; i++) {
        if (!add(tools, programs->items[i])) {
            cli_tools_free(tools);
            return NULL;
        }
    }
    return tools;
}

void cli_tools_free(struct cli_tools *tools)
{
    if (tools == NULL) {
        return;
    }
    for (size_t i = 0; i < tools->count; i++) {
        cli_tool_forget(&tools->handlers[i]);
    }
    free(tools->items);
    free(tools->handlers);
    free(tools);
}
