/* SPDX-License-Identifier: MIT */
/* The command `describe`: what a chute takes and returns. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/json_out.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <stdlib.h>
#include <string.h>

static void print_fields(struct cli_json *json,
                         const chutes_chute_endpoint *endpoint)
{
    cli_json_key(json, "fields");
    cli_json_open(json, '[');
    for (size_t i = 0; i < endpoint->field_count; i++) {
        const chutes_chute_field *field = endpoint->fields[i];

        cli_json_open(json, '{');
        cli_json_key(json, "name");
        cli_json_text(json, field->name);
        cli_json_key(json, "type");
        cli_json_text(json, field->type);
        cli_json_key(json, "required");
        cli_json_bool(json, field->required != 0);
        cli_json_key(json, "default");
        cli_json_raw(json, field->default_json,
                     field->default_json != NULL ? strlen(field->default_json)
                                                 : 0);
        cli_json_key(json, "description");
        cli_json_text(json, field->description);
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

static void print_object(FILE *file,
                         const chutes_chute_description *description)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_json_key(&json, "title");
    cli_json_text(&json, description->title);
    cli_json_key(&json, "summary");
    cli_json_text(&json, description->summary);
    cli_json_key(&json, "usd_per_hour");
    if (description->usd_per_hour >= 0) {
        cli_json_double(&json, description->usd_per_hour);
    } else {
        cli_json_null(&json);
    }
    cli_json_key(&json, "endpoints");
    cli_json_open(&json, '[');
    for (size_t i = 0; i < description->endpoint_count; i++) {
        const chutes_chute_endpoint *endpoint = description->endpoints[i];

        cli_json_open(&json, '{');
        cli_json_key(&json, "method");
        cli_json_text(&json, endpoint->method);
        cli_json_key(&json, "path");
        cli_json_text(&json, endpoint->path);
        cli_json_key(&json, "content_type");
        cli_json_text(&json, endpoint->content_type);
        cli_json_key(&json, "wraps_args");
        cli_json_bool(&json, endpoint->wraps_args != 0);
        print_fields(&json, endpoint);
        cli_json_close(&json, '}');
    }
    cli_json_close(&json, ']');
    cli_json_key(&json, "text");
    cli_json_string(&json, description->text, description->text_len);
    cli_json_close(&json, '}');
    fputs("\n", file);
}

/* Prints the endpoints of a chute that has no text. */
static void print_list(struct cli_stream *stream,
                       const chutes_chute_description *description)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    fprintf(file, "%s\n%s\n", description->title, description->summary);
    if (description->usd_per_hour >= 0) {
        fprintf(file, "$%.2f per hour\n", description->usd_per_hour);
    }
    for (size_t i = 0; i < description->endpoint_count; i++) {
        const chutes_chute_endpoint *endpoint = description->endpoints[i];

        fprintf(file, "\n%s %s%s\n", endpoint->method, endpoint->path,
                endpoint->wraps_args != 0 ? " (--wrap-args)" : "");
        for (size_t k = 0; k < endpoint->field_count; k++) {
            const chutes_chute_field *field = endpoint->fields[k];

            fprintf(file, "  %s (%s%s) %s\n", field->name, field->type,
                    field->required != 0 ? ", required" : "",
                    field->description);
        }
    }
    fclose(file);
    cli_write(stream, text, len);
    free(text);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_chute_description *description,
                 const chutes_error *error)
{
    if (description == NULL) {
        cli_show_failure(options, output, error);
    } else if (options->is_json) {
        print_object(output->answer.file, description);
    } else if (description->text != NULL) {
        cli_write(&output->answer, description->text, description->text_len);
        cli_end_line(&output->answer);
    } else {
        print_list(&output->answer, description);
    }
}

int cli_describe(const struct cli_options *options, struct cli_output *output)
{
    chutes_chute_describe_params params =
        chutes_chute_describe_params_default();
    chutes_chute_description *description = NULL;
    struct cli_options keyless = *options;
    chutes_client *client;
    chutes_error error;

    if (options->operands.count != 1) {
        cli_refuse(output, "describe takes one SLUG");
        return CLI_EXIT_USAGE;
    }
    params.slug = options->operands.items[0];
    params.base_url = options->base_url;
    keyless.auth = CHUTES_AUTH_NONE; /* none is needed or sent */
    client = cli_connect(&keyless, output, &error);
    if (client != NULL) {
        chutes_chute_describe(client, &params, &description, &error);
    }
    cli_disconnect(client);
    show(options, output, description, &error);
    chutes_chute_description_free(description);
    return cli_exit_of(error.status, &error, NULL);
}
