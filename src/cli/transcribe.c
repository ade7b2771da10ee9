/* SPDX-License-Identifier: MIT */
/* The command `transcribe` writes down what is said in a file. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/input.h"
#include "cli/json_out.h"
#include "cli/params.h"
#include "cli/report.h"

#include <string.h>

static bool read_format(const char *name, chutes_transcript_format *format,
                        struct cli_output *output)
{
    static const char *const names[] = {"json", "text", "srt", "vtt",
                                        "verbose"};

    for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]);
         i++) {
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

static void print_object(FILE *file, const chutes_transcript *transcript,
                         const chutes_error *error)
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
    }
    cli_report_end(&json, error, transcript != NULL ? transcript->info : NULL);
    fputs("\n", file);
}

static int transcribe(const struct cli_options *options,
                      struct cli_output *output,
                      const chutes_transcribe_params *params)
{
    chutes_transcript *transcript = NULL;
    chutes_error error;
    chutes_client *client = cli_connect(options, output, &error);

    if (client != NULL) {
        chutes_transcribe(client, params, &transcript, &error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, transcript, &error);
    } else if (transcript != NULL) {
        cli_write(&output->answer, transcript->text, transcript->text_len);
        cli_end_line(&output->answer);
    }
    if (error.status != CHUTES_OK) {
        cli_complain_of(output, &error);
    }
    chutes_transcript_free(transcript);
    return cli_exit_of(error.status, &error, NULL);
}

int cli_transcribe(const struct cli_options *options, struct cli_output *output)
{
    chutes_transcribe_params params = chutes_transcribe_params_default();
    struct cli_params extra = {0};
    struct cli_input audio = {NULL, 0};
    int code = CLI_EXIT_USAGE;

    if (options->operands.count != 1) {
        cli_refuse(output, "transcribe takes one FILE, or \"-\"");
    } else if (read_format(options->format, &params.format, output) &&
               cli_params_collect(&options->params, &extra, output) &&
               cli_input_file(&audio, options->operands.items[0], output)) {
        params.model = options->model;
        params.slug = options->chute;
        params.path = options->path;
        params.extra_json = extra.extra_json;
        params.bytes = audio.bytes;
        params.len = audio.len;
        code = transcribe(options, output, &params);
    }
    cli_params_dispose(&extra);
    cli_input_dispose(&audio);
    return code;
}
