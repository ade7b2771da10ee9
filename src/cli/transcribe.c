/* SPDX-License-Identifier: MIT */
/* The command `transcribe` writes down what is said in a file. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/count.h"
#include "cli/input.h"
#include "cli/json_out.h"
#include "cli/media.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/wait.h"

#include <stdlib.h>
#include <string.h>

static bool read_format(const char *name, chutes_transcript_format *format,
                        struct cli_output *output)
{
    static const char *const names[] = {"json", "text", "srt", "vtt",
                                        "verbose"};

    for (size_t i = 0; name != NULL && i < CLI_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *format = (chutes_transcript_format)i;
            return true;
        }
    }
    if (name != NULL) {
        cli_refuse(output,
                   "--format must be text, srt, vtt or verbose, not "
                   "\"%s\"",
                   name);
    }
    return name == NULL;
}

static void put_pieces(struct cli_json *json, const char *key,
                       const chutes_transcript_piece *const *pieces,
                       size_t count)
{
    cli_json_key(json, key);
    cli_json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        const chutes_transcript_piece *piece = pieces[i];

        cli_json_open(json, '{');
        cli_json_key(json, "start");
        cli_json_double(json, piece->start);
        cli_json_key(json, "end");
        cli_json_double(json, piece->end);
        cli_json_key(json, "text");
        cli_json_string(json, piece->text, strlen(piece->text));
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

/* The text that the events of a stream have added up to, where it goes, and how
 * the call has ended. */
struct shown {
    struct cli_wait wait;
    FILE *copy;
    char *text; /* complete once the copy is closed */
    size_t len;
    chutes_transcript *transcript;
    chutes_error error;
};

/* With --json, nothing is shown before the end. But the transcript has the text
 * so far when a stream is cut. */
static int ignore_event(const chutes_transcript_event *event, void *user_data)
{
    struct shown *shown = user_data;

    (void)event;
    shown->wait.is_arriving = true;
    return 0;
}

static int show_event(const chutes_transcript_event *event, void *user_data)
{
    struct shown *shown = user_data;
    struct cli_output *output = shown->wait.output;

    shown->wait.is_arriving = true;
    cli_hold_log(output);
    fwrite(event->text, 1, event->text_len, shown->copy);
    return cli_write(&output->answer, event->text, event->text_len) ? 0 : 1;
}

static int on_progress(const chutes_invoke_progress *progress, void *user_data)
{
    struct shown *shown = user_data;

    return cli_wait_on_progress(progress, &shown->wait);
}

static void on_done(chutes_status status, chutes_transcript *transcript,
                    const chutes_error *error, void *user_data)
{
    struct shown *shown = user_data;

    (void)status;
    shown->transcript = transcript;
    shown->error = *error;
    shown->wait.is_done = true;
}

static void ask(chutes_client *client, const chutes_transcribe_params *params,
                struct shown *shown)
{
    chutes_loop *loop = NULL;

    if (chutes_loop_new(client, &loop, &shown->error) == CHUTES_OK &&
        chutes_transcribe_start(loop, params, on_done, shown, NULL,
                                &shown->error) == CHUTES_OK) {
        cli_wait(&shown->wait, loop);
    }
    chutes_loop_free(loop);
}

/* `path` is that of the file with the text; NULL: there is none. */
static void print_object(FILE *file, const chutes_transcript *transcript,
                         const char *path, const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    if (transcript != NULL) {
        cli_json_key(&json, "text");
        cli_json_string(&json, transcript->text, transcript->text_len);
        cli_json_key(&json, "language");
        cli_json_text(&json, transcript->language);
        cli_json_key(&json, "duration");
        if (transcript->duration >= 0) {
            cli_json_double(&json, transcript->duration);
        } else {
            cli_json_null(&json);
        }
        put_pieces(&json, "segments", transcript->segments,
                   transcript->segment_count);
        put_pieces(&json, "words", transcript->words, transcript->word_count);
        cli_json_key(&json, "complete");
        cli_json_bool(&json, transcript->complete != 0);
        cli_json_key(&json, "file");
        cli_json_text(&json, error->status == CHUTES_OK ? path : NULL);
    }
    cli_report_end(&json, error, transcript != NULL ? transcript->info : NULL);
    fputs("\n", file);
}

/* Shows what the events, if there were any, have not shown. */
static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_transcript *transcript, const chutes_error *error)
{
    if (options->is_json) {
        print_object(output->answer.file, transcript, options->output, error);
    } else if (transcript != NULL && !options->is_streamed &&
               (options->output == NULL || error->status == CHUTES_ERR_FILE)) {
        cli_write(&output->answer, transcript->text, transcript->text_len);
    }
    if (!options->is_json) {
        cli_end_line(&output->answer);
    }
    cli_release_log(output);
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    if (transcript != NULL && transcript->complete == 0) {
        cli_complain(output, "the transcript is incomplete");
    }
}

/* A server may correct the text at the end. Returns the exit code. */
static int check_shown(struct shown *shown)
{
    struct cli_output *output = shown->wait.output;
    const chutes_transcript *transcript = shown->transcript;

    if (transcript->text_len == shown->len &&
        memcmp(transcript->text, shown->text, shown->len) == 0) {
        return CLI_EXIT_OK;
    }
    cli_complain(output, "the server has corrected the text at the end; ignore "
                         "what was printed before this");
    cli_write(&output->answer, transcript->text, transcript->text_len);
    cli_end_line(&output->answer);
    return CLI_EXIT_API;
}

/* Writes the text to the file that was named, if the transcript is whole. */
static void save(const struct cli_options *options, struct shown *shown)
{
    const chutes_transcript *transcript = shown->transcript;
    chutes_media text = {.media_type = "text/plain"};

    if (options->output != NULL && transcript != NULL &&
        shown->error.status == CHUTES_OK) {
        text.bytes = transcript->text;
        text.len = transcript->text_len;
        cli_media_write(options, options->output, shown->wait.output, &text,
                        transcript->info, &shown->error);
    }
}

static int transcribe(const struct cli_options *options, struct shown *shown,
                      const chutes_transcribe_params *params)
{
    struct cli_output *output = shown->wait.output;
    const chutes_error *error = &shown->error;
    chutes_client *client = cli_connect(options, output, &shown->error);
    int code = CLI_EXIT_API;

    if (client != NULL) {
        ask(client, params, shown);
    }
    cli_disconnect(client);
    save(options, shown);
    if (shown->copy != NULL) {
        fclose(shown->copy);
    }
    /* If nobody reads the output any more, that is why the stream was
     * stopped. */
    if (output->answer.failure == 0) {
        show(options, output, shown->transcript, error);
        code = cli_exit_of(error->status, error, NULL);
    }
    if (code == CLI_EXIT_OK && shown->copy != NULL &&
        shown->transcript != NULL) {
        code = check_shown(shown);
    }
    chutes_transcript_free(shown->transcript);
    return code;
}

static bool accept_options(const struct cli_options *options,
                           struct cli_output *output)
{
    if (options->operands.count != 1) {
        cli_refuse(output, "transcribe takes one FILE, or \"-\"");
        return false;
    }
    if (options->is_streamed &&
        (options->format != NULL || options->output != NULL)) {
        cli_refuse(output, "--stream can't be combined with --%s",
                   options->format != NULL ? "format" : "output");
        return false;
    }
    return options->output == NULL ||
           cli_media_can_write(options->output, output);
}

int cli_transcribe(const struct cli_options *options, struct cli_output *output)
{
    chutes_transcribe_params params = chutes_transcribe_params_default();
    struct cli_params extra = {0};
    struct cli_input audio = {NULL, 0};
    struct shown shown = {.wait = {.output = output, .noun = "transcript"}};
    int code = CLI_EXIT_USAGE;

    if (accept_options(options, output) &&
        read_format(options->format, &params.format, output) &&
        cli_params_collect(&options->params, &extra, output) &&
        cli_input_file(&audio, options->operands.items[0], output)) {
        params.model = options->model;
        params.slug = options->chute;
        params.path = options->path;
        params.extra_json = extra.extra_json;
        params.bytes = audio.bytes;
        params.len = audio.len;
        if (options->is_streamed && options->is_json) {
            params.on_event = ignore_event;
        } else if (options->is_streamed) {
            params.on_event = show_event;
            shown.copy = cli_alloc_file(&shown.text, &shown.len);
        }
        params.on_progress = on_progress;
        params.user_data = &shown;
        code = transcribe(options, &shown, &params);
    }
    free(shown.text);
    cli_params_dispose(&extra);
    cli_input_dispose(&audio);
    return code;
}
