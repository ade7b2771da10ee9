/* SPDX-License-Identifier: MIT */
/* The command `image`: an image of a prompt, in a file. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/input.h"
#include "cli/media.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/show.h"
#include "cli/wait.h"

#include <stdlib.h>
#include <string.h>

/* What a request consists of. */
struct request {
    struct cli_input prompt;
    struct cli_params params; /* from -p */
    struct cli_input *files;  /* from --input */
    chutes_image_input *images;
    size_t count;
    enum cli_show_way show;
};

struct outcome {
    chutes_image_response *response;
    chutes_error error;
    struct cli_wait wait;
};

static bool read_files(struct request *request, const struct cli_list *paths,
                       struct cli_output *output)
{
    request->files = cli_alloc(paths->count, sizeof(*request->files));
    request->images = cli_alloc(paths->count, sizeof(*request->images));
    for (size_t i = 0; i < paths->count; i++) {
        struct cli_input *file = &request->files[i];

        request->count++;
        if (!cli_input_file(file, paths->items[i], output)) {
            return false;
        }
        request->images[i].bytes = file->bytes;
        request->images[i].len = file->len;
    }
    return true;
}

static void dispose(struct request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        cli_input_dispose(&request->files[i]);
    }
    free(request->files);
    free(request->images);
    cli_params_dispose(&request->params);
    cli_input_dispose(&request->prompt);
}

static void put_image(struct cli_json *json, const struct cli_options *options,
                      const chutes_media *image, size_t index,
                      const chutes_error *error)
{
    char *path =
        options->output != NULL ? cli_media_name(options->output, index) : NULL;

    cli_media_put(json, path, image, error);
    cli_json_key(json, "width");
    cli_json_count(json, image != NULL && image->width > 0 ? image->width : -1);
    cli_json_key(json, "height");
    cli_json_count(json,
                   image != NULL && image->height > 0 ? image->height : -1);
    free(path);
}

static void print_object(FILE *file, const struct cli_options *options,
                         const struct outcome *outcome)
{
    const chutes_image_response *response = outcome->response;
    const chutes_error *error = &outcome->error;
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    put_image(&json, options, response != NULL ? response->images[0] : NULL, 0,
              error);
    cli_json_key(&json, "others");
    cli_json_open(&json, '[');
    for (size_t i = 1; response != NULL && i < response->image_count; i++) {
        cli_json_open(&json, '{');
        put_image(&json, options, response->images[i], i, error);
        cli_json_close(&json, '}');
    }
    cli_json_close(&json, ']');
    cli_report_end(&json, error, response != NULL ? response->info : NULL);
    fputs("\n", file);
}

/* In OpenAI's API, the path for changing an image is not that for making one.
 * Chutes have one path for both. */
static bool is_edit(const struct cli_options *options,
                    const struct request *request)
{
    return request->count > 0 && options->chute == NULL &&
           (options->path == NULL ||
            strstr(options->path, "images/edits") != NULL);
}

static void on_done(chutes_status status, chutes_image_response *response,
                    const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    (void)status;
    outcome->response = response;
    outcome->error = *error;
    outcome->wait.is_done = true;
}

static void make(chutes_client *client, const struct cli_options *options,
                 const struct request *request, struct outcome *outcome)
{
    chutes_status (*start)(chutes_loop *, const chutes_image_params *,
                           chutes_image_done_fn, void *, chutes_call **,
                           chutes_error *) = is_edit(options, request)
                                                 ? chutes_image_edit_start
                                                 : chutes_image_generate_start;
    chutes_image_params params = chutes_image_params_default();
    chutes_loop *loop = NULL;

    params.model = options->model;
    params.slug = options->chute;
    params.path = options->path;
    params.extra_json = request->params.extra_json;
    params.prompt = request->prompt.bytes;
    params.images = request->images;
    params.image_count = request->count;
    params.on_progress = cli_wait_on_progress;
    params.user_data = &outcome->wait;
    if (chutes_loop_new(client, &loop, &outcome->error) == CHUTES_OK &&
        start(loop, &params, on_done, outcome, NULL, &outcome->error) ==
            CHUTES_OK) {
        cli_wait(&outcome->wait, loop);
    }
    chutes_loop_free(loop);
}

static void keep(const struct cli_options *options, struct cli_output *output,
                 enum cli_show_way show, struct outcome *outcome)
{
    const chutes_image_response *response = outcome->response;
    chutes_error *error = &outcome->error;
    size_t count = options->output != NULL ? response->image_count : 1;

    if (count < response->image_count && !options->is_json) {
        cli_note(output,
                 "only the first of %zu images is printed; use -o for all",
                 response->image_count);
    }
    for (size_t i = 0; i < count && error->status == CHUTES_OK; i++) {
        char *path =
            options->output != NULL ? cli_media_name(options->output, i) : NULL;

        cli_media_write(options, path, output, response->images[i],
                        response->info, error);
        free(path);
    }
    cli_show(show, output, response->images[0]);
}

static int paint(const struct cli_options *options, struct cli_output *output,
                 const struct request *request)
{
    struct outcome outcome = {
        .wait = {.output = output, .noun = "image", .is_noted = true}};
    chutes_error *error = &outcome.error;
    chutes_client *client = cli_connect(options, output, error);
    int code;

    if (client != NULL) {
        make(client, options, request, &outcome);
    }
    if (error->status == CHUTES_OK && outcome.response != NULL) {
        keep(options, output, request->show, &outcome);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, options, &outcome);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    code = cli_exit_of(error->status, error, NULL);
    chutes_image_response_free(outcome.response);
    return code;
}

int cli_image(const struct cli_options *options, struct cli_output *output)
{
    struct request request = {{NULL, 0}, {0}, NULL, NULL, 0, CLI_SHOW_NOT};
    int code = CLI_EXIT_USAGE;

    if (cli_media_has_place(options, output) &&
        cli_show_find_way(options, output, &request.show) &&
        cli_params_collect(&options->params, &request.params, output) &&
        cli_input_text(&request.prompt, &options->operands, output) &&
        read_files(&request, &options->images, output)) {
        code = paint(options, output, &request);
    }
    dispose(&request);
    return code;
}
