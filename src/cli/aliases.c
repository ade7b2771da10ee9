/* SPDX-License-Identifier: MIT */
/* The command `aliases`: lists, sets or deletes names for chutes. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/count.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <stdlib.h>
#include <string.h>

/* A request, and the memory that it points into. */
struct request {
    const char *method;
    char *url;
    char *json; /* NULL: none */
};

/* Can the alias be a part of a URL without any escapes? */
static bool is_plain(const char *alias)
{
    return alias[0] != '\0' && alias[0] != '.' &&
           alias[strspn(alias, "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] ==
               '\0';
}

/* Are these 8-4-4-4-12 hexadecimal digits? */
static bool is_uuid(const char *text)
{
    static const size_t lengths[] = {8, 4, 4, 4, 12};

    for (size_t i = 0; i < CLI_COUNT(lengths); i++) {
        char end = i + 1 < CLI_COUNT(lengths) ? '-' : '\0';

        if (strspn(text, "0123456789abcdefABCDEF") != lengths[i] ||
            text[lengths[i]] != end) {
            return false;
        }
        text += lengths[i] + 1;
    }
    return true;
}

/* Returns false after a complaint. */
static bool check_ids(const struct cli_list *operands,
                      struct cli_output *output)
{
    for (size_t i = 1; i < operands->count; i++) {
        if (!is_uuid(operands->items[i])) {
            cli_refuse(output,
                       "'%s' isn't the ID of a chute, which is a UUID: "
                       "8-4-4-4-12 hexadecimal digits",
                       operands->items[i]);
            return false;
        }
    }
    return true;
}

static char *make_json(const struct cli_list *operands)
{
    char *text = NULL;
    size_t len;
    struct cli_json json = {cli_alloc_file(&text, &len), false};

    cli_json_open(&json, '{');
    cli_json_key(&json, "alias");
    cli_json_text(&json, operands->items[0]);
    cli_json_key(&json, "chute_ids");
    cli_json_open(&json, '[');
    for (size_t i = 1; i < operands->count; i++) {
        cli_json_text(&json, operands->items[i]);
    }
    cli_json_close(&json, ']');
    cli_json_close(&json, '}');
    fclose(json.file);
    return text;
}

/* Returns false after a complaint. */
static bool make_request(struct request *request,
                         const struct cli_options *options,
                         struct cli_output *output)
{
    const struct cli_list *operands = &options->operands;

    if (operands->count > 0 && !is_plain(operands->items[0])) {
        cli_refuse(output, "ALIAS must be letters, digits and \"-_.\"");
        return false;
    }
    if (options->deletes ? operands->count != 1 : operands->count == 1) {
        cli_refuse(output, "aliases takes no arguments, ALIAS ID... or "
                           "--delete ALIAS");
        return false;
    }
    if (!check_ids(operands, output)) {
        return false;
    }
    request->method = "GET";
    if (options->deletes) {
        request->method = "DELETE";
    } else if (operands->count > 0) {
        request->method = "POST";
        request->json = make_json(operands);
    }
    request->url = cli_api_url(options, "model_aliases/",
                               options->deletes ? operands->items[0] : "");
    return true;
}

/* ---- the answer ---------------------------------------------------------- */

/* Prints the strings of an array, or one string. */
static void print_strings(FILE *file, const char *json, size_t len,
                          const char *path)
{
    chutes_json_iterator iterator;

    if (chutes_json_iterate(&iterator, json, len, path) == 0) {
        return;
    }
    while (chutes_json_next(&iterator) != 0) {
        char *text =
            chutes_json_get_string(iterator.value, iterator.value_len, "");

        fprintf(file, "  %s", text != NULL ? text : "?");
        chutes_string_free(text);
    }
}

static void print_list(struct cli_stream *stream,
                       const chutes_invoke_response *response)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);
    chutes_json_iterator iterator;

    chutes_json_iterate(&iterator, response->body, response->body_len, "");
    while (chutes_json_next(&iterator) != 0) {
        char *alias =
            chutes_json_get_string(iterator.value, iterator.value_len, "alias");

        fputs(alias != NULL ? alias : "?", file);
        print_strings(file, iterator.value, iterator.value_len, "chute_ids");
        fputs("\n", file);
        chutes_string_free(alias);
    }
    fclose(file);
    cli_write(stream, text, len);
    free(text);
}

static void check_list(const chutes_invoke_response *response,
                       chutes_error *error)
{
    if (chutes_json_check(response->body, response->body_len, NULL) !=
            CHUTES_OK ||
        chutes_json_get_type(response->body, response->body_len, "") !=
            CHUTES_JSON_ARRAY) {
        cli_report_fail(error, CHUTES_ERR_PROTOCOL,
                        "the list of aliases isn't a JSON array");
        cli_report_answered(error, response->info);
    }
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const struct request *request,
                 const chutes_invoke_response *response,
                 const chutes_error *error)
{
    struct cli_json json = {output->answer.file, false};

    if (response == NULL || error->status != CHUTES_OK) {
        cli_show_failure(options, output, error);
    } else if (options->is_json && response->body_len > 0) {
        cli_json_raw(&json, response->body, response->body_len);
        fputs("\n", output->answer.file);
    } else if (options->is_json) {
        fputs("null\n", output->answer.file); /* HTTP 204 */
    } else if (strcmp(request->method, "GET") == 0) {
        print_list(&output->answer, response);
    }
}

int cli_aliases(const struct cli_options *options, struct cli_output *output)
{
    chutes_invoke_params params = chutes_invoke_params_default();
    chutes_invoke_response *response = NULL;
    struct request request = {NULL, NULL, NULL};
    chutes_client *client;
    chutes_error error;

    if (!make_request(&request, options, output)) {
        return CLI_EXIT_USAGE;
    }
    params.method = request.method;
    params.url = request.url;
    params.json = request.json;
    params.send_key = 1; /* to the host of --base-url, or Chutes' own */
    params.accept = "application/json";
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_invoke(client, &params, &response, &error);
    }
    cli_disconnect(client);
    if (response != NULL && error.status == CHUTES_OK &&
        strcmp(request.method, "GET") == 0) {
        check_list(response, &error);
    }
    show(options, output, &request, response, &error);
    chutes_invoke_response_free(response);
    free(request.url);
    free(request.json);
    return cli_exit_of(error.status, &error, NULL);
}
