/* SPDX-License-Identifier: MIT */
/* Shows an answer to a person: text on standard output, reasoning and notes on
 * standard error. */
#include "cli/chat_view.h"

#include "cli/count.h"
#include "cli/report.h"

#include <string.h>

static void show_content(struct cli_chat_view *view, const char *text,
                         size_t len)
{
    struct cli_output *output = view->output;

    if (view->is_reasoning && len > 0) {
        view->is_reasoning = false;
        cli_end_line(&output->chatter);
        if (cli_is_shared(output)) {
            cli_write(&output->chatter, "\n", 1);
        }
    }
    cli_write(&output->answer, text, len);
}

static void show_reasoning(struct cli_chat_view *view, const char *text,
                           size_t len)
{
    struct cli_output *output = view->output;

    if (!view->shows_reasoning || len == 0) {
        return;
    }
    if (!view->is_reasoning && cli_is_shared(output)) {
        cli_end_line(&output->answer);
    }
    view->is_reasoning = true;
    cli_write_dim(&output->chatter, text, len);
}

static void show_tool_call(struct cli_chat_view *view,
                           const chutes_tool_call *call)
{
    cli_note(view->output, "tool call: %s(%s)",
             call->name != NULL ? call->name : "",
             call->arguments != NULL ? call->arguments : "");
}

static int show_event(const chutes_chat_event *event, void *user_data)
{
    struct cli_chat_view *view = user_data;

    cli_hold_log(view->output);
    if (event->type == CHUTES_CHAT_EVENT_RESTART) {
        cli_end_line(&view->output->answer);
        cli_note(view->output, "the server started its answer again; ignore "
                               "what was printed before this");
    }
    /* The other choices are shown at the end, one by one. */
    if (event->choice_index != 0) {
        return 0;
    }
    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        show_content(view, event->text, event->text_len);
    } else if (event->type == CHUTES_CHAT_EVENT_REASONING) {
        show_reasoning(view, event->text, event->text_len);
    } else if (event->type == CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED) {
        show_tool_call(view, event->tool_call);
    }
    return view->output->answer.failure != 0 ? 1 : 0;
}

static void show_choice(struct cli_chat_view *view,
                        const chutes_chat_choice *choice)
{
    show_reasoning(view, choice->reasoning, choice->reasoning_len);
    show_content(view, choice->content, choice->content_len);
    for (size_t i = 0; i < choice->tool_call_count; i++) {
        show_tool_call(view, choice->tool_calls[i]);
    }
    cli_end_line(&view->output->answer);
}

static void show_others(struct cli_chat_view *view,
                        const chutes_chat_response *response)
{
    for (size_t i = 0; i < response->choice_count; i++) {
        if (response->choices[i]->index == 0) {
            continue;
        }
        cli_note(view->output, "choice %d:", response->choices[i]->index);
        show_choice(view, response->choices[i]);
    }
}

/* Complains if max_tokens or the model's own limit cut a choice. */
static void report_length(struct cli_output *output,
                          const chutes_chat_response *response)
{
    for (size_t i = 0; response != NULL && i < response->choice_count; i++) {
        if (chutes_chat_choice_is_cut(response->choices[i])) {
            cli_complain(output, "the answer was cut at the length limit; "
                                 "-p max_tokens=N sets it");
            return;
        }
    }
}

/* Reports how the answer ended, unless it ended normally. */
static void report_end(struct cli_chat_view *view,
                       const chutes_chat_response *response)
{
    for (size_t i = 0; i < response->choice_count; i++) {
        const chutes_chat_choice *choice = response->choices[i];

        if (choice->refusal != NULL) {
            cli_complain(view->output, "the model refused: %s",
                         choice->refusal);
        }
        if (chutes_chat_choice_is_filtered(choice)) {
            cli_complain(view->output,
                         "the answer was stopped by a content filter");
        }
    }
    report_length(view->output, response);
    for (size_t i = 0; i < response->warning_count; i++) {
        cli_note(view->output, "warning: %s", response->warnings[i]);
    }
}

/* Shows the rest of an answer whose choice 0 was shown by events. */
static void show_rest(struct cli_chat_view *view,
                      const chutes_chat_response *response)
{
    cli_end_line(&view->output->answer);
    cli_end_line(&view->output->chatter);
    cli_release_log(view->output);
    if (response == NULL) {
        return;
    }
    show_others(view, response);
    report_end(view, response);
}

/* Shows an answer that came in one piece. */
static void show_whole(struct cli_chat_view *view,
                       const chutes_chat_response *response)
{
    for (size_t i = 0; response != NULL && i < response->choice_count; i++) {
        if (response->choices[i]->index == 0) {
            show_choice(view, response->choices[i]);
        }
    }
    show_rest(view, response);
}

/* ---- the interface ------------------------------------------------------- */

/* With --json the answer is streamed too, although nothing is shown before its
 * end: when a stream is cut, the text so far can still be printed. */
static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

chutes_chat_event_fn cli_chat_view_begin(struct cli_chat_view *view,
                                         const struct cli_options *options,
                                         struct cli_output *output)
{
    *view = (struct cli_chat_view){
        .output = output,
        .shows_reasoning = !options->hides_reasoning && !output->is_quiet,
        .spent = {.cost_usd = -1},
    };
    if (options->is_whole) {
        return NULL;
    }
    return options->is_json ? ignore_event : show_event;
}

static void show_answer(struct cli_chat_view *view,
                        const struct cli_options *options,
                        const chutes_error *error,
                        const chutes_chat_response *response)
{
    struct cli_output *output = view->output;

    if (options->is_json) {
        cli_report_chat(output->answer.file, error, response, &view->spent,
                        options->shows_raw);
        report_length(output, response);
    } else if (options->is_whole) {
        show_whole(view, response);
    } else {
        show_rest(view, response);
    }
    if (response != NULL && options->shows_usage) {
        cli_note_usage(output,
                       view->spent.has_usage ? &view->spent.usage
                                             : response->usage,
                       response->info, view->spent.cost_usd);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    if (response != NULL && response->complete == 0) {
        cli_complain(output, "the answer is incomplete");
    }
}

int cli_chat_view_end(struct cli_chat_view *view,
                      const struct cli_options *options,
                      const chutes_error *error,
                      const chutes_chat_response *response)
{
    /* If nobody reads the answer any more, we cancelled the stream ourselves,
     * which is not an interruption. cli_output_finish() reports it. */
    if (view->output->answer.failure != 0) {
        return CLI_EXIT_API;
    }
    show_answer(view, options, error, response);
    return cli_exit_of(error->status, error, response);
}
