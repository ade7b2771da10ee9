/* SPDX-License-Identifier: MIT */
/* The command `video`: a video of a prompt, in a file. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/input.h"
#include "cli/media.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/wait.h"

struct outcome {
    chutes_video_response *response;
    chutes_error error;
    struct cli_wait wait;
};

static void on_done(chutes_status status, chutes_video_response *response,
                    const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    (void)status;
    outcome->response = response;
    outcome->error = *error;
    outcome->wait.is_done = true;
}

static void make(chutes_client *client, const chutes_video_params *params,
                 struct outcome *outcome)
{
    chutes_video_params own = *params;
    chutes_loop *loop = NULL;

    own.on_progress = cli_wait_on_progress;
    own.user_data = &outcome->wait;
    if (chutes_loop_new(client, &loop, &outcome->error) == CHUTES_OK &&
        chutes_video_generate_start(loop, &own, on_done, outcome, NULL,
                                    &outcome->error) == CHUTES_OK) {
        cli_wait(&outcome->wait, loop);
    }
    chutes_loop_free(loop);
}

static void print_object(FILE *file, const struct cli_options *options,
                         const struct outcome *outcome)
{
    const chutes_video_response *response = outcome->response;
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_media_put(&json, options->output,
                  response != NULL ? response->video : NULL, &outcome->error);
    cli_report_end(&json, &outcome->error,
                   response != NULL ? response->info : NULL);
    fputs("\n", file);
}

static int film(const struct cli_options *options, struct cli_output *output,
                const chutes_video_params *params)
{
    struct outcome outcome = {
        .wait = {.output = output, .noun = "video", .is_noted = true}};
    chutes_error *error = &outcome.error;
    chutes_client *client = cli_connect(options, output, error);
    int code;

    if (client != NULL) {
        make(client, params, &outcome);
    }
    if (outcome.response != NULL) {
        cli_media_write(options, options->output, output,
                        outcome.response->video, outcome.response->info, error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, options, &outcome);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    code = cli_exit_of(error->status, error, NULL);
    chutes_video_response_free(outcome.response);
    return code;
}

/* Reads the picture that the video starts from, if there is one. */
static bool read_image(const struct cli_list *paths, struct cli_input *image,
                       struct cli_output *output)
{
    if (paths->count > 1) {
        cli_refuse(output, "video takes one --input");
        return false;
    }
    return paths->count == 0 || cli_input_file(image, paths->items[0], output);
}

int cli_video(const struct cli_options *options, struct cli_output *output)
{
    chutes_video_params params = chutes_video_params_default();
    struct cli_params extra = {0};
    struct cli_input prompt = {NULL, 0};
    struct cli_input image = {NULL, 0};
    int code = CLI_EXIT_USAGE;

    if (cli_media_has_place(options, output) &&
        cli_params_collect(&options->params, &extra, output) &&
        cli_input_text(&prompt, &options->operands, output) &&
        read_image(&options->images, &image, output)) {
        params.model = options->model;
        params.slug = options->chute;
        params.path = options->path;
        params.extra_json = extra.extra_json;
        params.prompt = prompt.bytes;
        params.image = image.bytes;
        params.image_len = image.len;
        code = film(options, output, &params);
    }
    cli_params_dispose(&extra);
    cli_input_dispose(&prompt);
    cli_input_dispose(&image);
    return code;
}
