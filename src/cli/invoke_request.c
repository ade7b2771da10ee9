/* SPDX-License-Identifier: MIT */
/* Makes the request of the command `invoke`. */
#include "cli/invoke_request.h"

#include "cli/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As in "2ff25e81-4586-5ec8-b892-3a6f342693d7". The library checks it; a slug
 * won't look like this. */
static bool is_id(const char *text)
{
    return strlen(text) == 36 &&
           strspn(text, "0123456789abcdefABCDEF-") == 36 && text[8] == '-' &&
           text[13] == '-' && text[18] == '-' && text[23] == '-';
}

/* Reads "SLUG [PATH]", "ID PATH", "URL" or "/PATH". */
static bool set_target(chutes_invoke_params *params,
                       const struct cli_list *operands,
                       struct cli_output *output)
{
    const char *where = operands->count > 0 ? operands->items[0] : "";
    bool is_chute = where[0] != '/' && strstr(where, "://") == NULL;

    if (where[0] == '\0' || operands->count > (is_chute ? 2 : 1)) {
        cli_refuse(output,
                   "invoke takes SLUG [PATH], or ID PATH, or URL, or /PATH");
        return false;
    }
    if (is_chute) {
        params->slug = is_id(where) ? NULL : where;
        params->chute_id = is_id(where) ? where : NULL;
        params->path = operands->count > 1 ? operands->items[1] : NULL;
    } else if (where[0] == '/') {
        params->path = where;
    } else {
        params->url = where;
    }
    return true;
}

static bool read_file(struct cli_input *data, const char *name,
                      struct cli_output *output)
{
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(name, "rb");
    bool is_read;

    if (file == NULL) {
        cli_refuse(output, "can't open %s: %s", name, strerror(errno));
        return false;
    }
    is_read =
        cli_input_read(data, file, is_stdin ? "standard input" : name, output);
    if (!is_stdin) {
        fclose(file);
    }
    return is_read;
}

/* Sends bytes of the given type. */
static bool set_bytes(chutes_invoke_params *params, const char *text,
                      struct cli_input *data, struct cli_output *output)
{
    if (text[0] == '@' && strcmp(text, "@-") != 0) {
        params->body_path = text + 1;
        return true;
    }
    if (text[0] == '@') {
        if (!cli_input_read_bytes(data, stdin, "standard input", output)) {
            return false;
        }
        params->body = data->bytes;
        params->body_len = data->len;
        return true;
    }
    params->body = text;
    params->body_len = strlen(text);
    return true;
}

/* `data` holds what is read from a file, until the call has ended. */
static bool set_data(chutes_invoke_params *params,
                     const struct cli_options *options, struct cli_input *data,
                     struct cli_output *output)
{
    const char *text = options->data;

    params->content_type = options->content_type;
    if (text == NULL) {
        return true;
    }
    if (options->content_type != NULL) {
        return set_bytes(params, text, data, output);
    }
    if (text[0] == '@') {
        if (!read_file(data, text + 1, output)) {
            return false;
        }
        text = data->bytes;
        /* The library would see only what precedes a NUL. */
        if (strlen(text) < data->len) {
            cli_refuse(output,
                       "%s contains a NUL byte, so it isn't JSON; see "
                       "--content-type",
                       options->data + 1);
            return false;
        }
    }
    params->json = text;
    return true;
}

/* Cuts "Name: value". As for curl, "Name:" removes a header, and "Name;" sends
 * an empty one. */
static bool set_headers(struct cli_invoke_request *request,
                        const struct cli_list *list, struct cli_output *output)
{
    for (size_t i = 0; i < list->count; i++) {
        char *name = request->header_texts[i] = cli_copy(list->items[i]);
        size_t len = strcspn(name, ":;");
        char *value = name + len + (name[len] != '\0' ? 1 : 0);

        value += strspn(value, " \t");
        if (name[len] == '\0' || (name[len] == ';' && value[0] != '\0')) {
            cli_refuse(output, "--header takes NAME:VALUE");
            return false;
        }
        request->headers[i] = (chutes_header){
            name, name[len] == ':' && value[0] == '\0' ? NULL : value};
        name[len] = '\0';
    }
    request->params.headers = request->headers;
    request->params.header_count = list->count;
    return true;
}

static bool set_form(struct cli_invoke_request *request,
                     const struct cli_list *list, struct cli_output *output)
{
    if (!cli_form_read(&request->form, list, output)) {
        return false;
    }
    request->params.parts = list->count > 0 ? request->form.parts : NULL;
    request->params.part_count = list->count;
    return true;
}

bool cli_invoke_request_init(struct cli_invoke_request *request,
                             const struct cli_options *options,
                             struct cli_output *output)
{
    chutes_invoke_params *params = &request->params;
    size_t count = options->headers.count;

    *request = (struct cli_invoke_request){
        .params = chutes_invoke_params_default(),
        .headers = cli_alloc(count, sizeof(*request->headers)),
        .header_texts = cli_alloc(count, sizeof(*request->header_texts)),
        .header_count = count,
    };
    params->method = options->method;
    if (params->method == NULL && options->data == NULL &&
        options->form.count == 0) {
        params->method = "GET";
    }
    params->accept = options->accept;
    params->output_path = options->output;
    params->wrap_args = options->wraps_args ? 1 : 0;
    if (options->sends_key) {
        params->send_key = 1;
    }
    return set_target(params, &options->operands, output) &&
           set_data(params, options, &request->data, output) &&
           set_form(request, &options->form, output) &&
           set_headers(request, &options->headers, output);
}

void cli_invoke_request_dispose(struct cli_invoke_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        free(request->header_texts[i]);
    }
    free(request->header_texts);
    free(request->headers);
    cli_input_dispose(&request->data);
    cli_form_dispose(&request->form);
}
