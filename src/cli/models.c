/* SPDX-License-Identifier: MIT */
/* The command `models`: a table for people, or the server's entries as JSON. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The columns to the right of the id. */
#define NUMBER_FORMAT "  %9s  %8s  %8s"

/* The models that were asked for. */
struct selection {
    const chutes_models_response *response;
    const chutes_model_filter *filter;
};

static size_t next_place(const struct selection *selection, size_t from)
{
    return chutes_models_find(selection->response, selection->filter, from);
}

/* Prints the server's own entries. */
static void print_json(struct cli_stream *stream,
                       const struct selection *selection)
{
    const chutes_models_response *response = selection->response;
    const char *gap = "\n";

    cli_write(stream, "[", 1);
    for (size_t i = next_place(selection, 0); i < response->model_count;
         i = next_place(selection, i + 1)) {
        const chutes_model *model = response->models[i];

        cli_write(stream, gap, strlen(gap));
        cli_write_json(stream, model->raw_json, model->raw_len);
        gap = ",\n";
    }
    cli_write(stream, "\n]\n", 3);
}

static const char *count_text(char *room, size_t size, int64_t count)
{
    snprintf(room, size, "%" PRId64, count);
    return count >= 0 ? room : "-";
}

/* Returns a price as text. A low price becomes "<0.001", so that it doesn't
 * look like none. */
static const char *price_text(char *room, size_t size, double price)
{
    if (price < 0) {
        return "-";
    }
    if (price > 0 && price < 0.0005) {
        return "<0.001";
    }
    snprintf(room, size, "%.3f", price);
    return room;
}

static void print_features(FILE *file, const chutes_model *model)
{
    const char *gap = "  ";

    for (size_t i = 0; i < model->input_modality_count; i++) {
        if (strcmp(model->input_modalities[i], "text") != 0) {
            fprintf(file, "%s%s", gap, model->input_modalities[i]);
            gap = ",";
        }
    }
    for (size_t i = 0; i < model->supported_feature_count; i++) {
        fprintf(file, "%s%s", gap, model->supported_features[i]);
        gap = ",";
    }
    if (model->confidential_compute == 1) {
        fprintf(file, "%sTEE", gap);
        gap = ",";
    }
    if (model->has_other_prices == 1) {
        fprintf(file, "%sfees", gap);
    }
}

static void print_row(FILE *file, const chutes_model *model, int width)
{
    char context[24];
    char input[32];
    char output[32];

    fprintf(file, "%-*s" NUMBER_FORMAT, width, model->id,
            count_text(context, sizeof(context), model->context_length),
            price_text(input, sizeof(input), model->input_price),
            price_text(output, sizeof(output), model->output_price));
    print_features(file, model);
    fputs("\n", file);
}

static void print_table(struct cli_stream *stream,
                        const struct selection *selection)
{
    const chutes_models_response *response = selection->response;
    size_t width = strlen("MODEL");
    char *text = NULL;
    size_t len;
    FILE *table = cli_alloc_file(&text, &len);

    for (size_t i = next_place(selection, 0); i < response->model_count;
         i = next_place(selection, i + 1)) {
        size_t id_len = strlen(response->models[i]->id);

        /* A single long id must not push the numbers off the screen. */
        width = id_len > width && id_len < 80 ? id_len : width;
    }
    fprintf(table, "%-*s" NUMBER_FORMAT "  %s\n", (int)width, "MODEL",
            "CONTEXT", "$/M IN", "$/M OUT", "FEATURES");
    for (size_t i = next_place(selection, 0); i < response->model_count;
         i = next_place(selection, i + 1)) {
        print_row(table, response->models[i], (int)width);
    }
    fclose(table);
    cli_write(stream, text, len);
    free(text);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_models_response *response,
                 const chutes_error *error)
{
    chutes_model_filter filter = options->filter;
    const struct selection selection = {response, &filter};

    filter.features = options->features.items;
    filter.feature_count = options->features.count;
    filter.confidential_compute = options->wants_tee ? 1 : CHUTES_UNSET;
    if (response == NULL) {
        cli_show_failure(options, output, error);
        return;
    }
    if (options->is_json) {
        print_json(&output->answer, &selection);
    } else {
        print_table(&output->answer, &selection);
    }
    if (response->unnamed_count > 0) {
        cli_note(output, "entries without an id or a name, left out: %zu",
                 response->unnamed_count);
    }
}

int cli_models(const struct cli_options *options, struct cli_output *output)
{
    chutes_models_params params = chutes_models_params_default();
    chutes_models_response *response = NULL;
    chutes_client *client;
    chutes_error error;

    if (options->operands.count > 0) {
        cli_refuse(output, "models takes no arguments");
        return CLI_EXIT_USAGE;
    }
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        params.litellm_info = options->wants_litellm_info ? 1 : 0;
        chutes_models_list(client, &params, &response, &error);
    }
    cli_disconnect(client);
    show(options, output, response, &error);
    chutes_models_response_free(response);
    return cli_exit_of(error.status, &error, NULL);
}
