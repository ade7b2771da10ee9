/* SPDX-License-Identifier: MIT */
/* The option -F: the parts of a form, in the syntax of curl. */
#include "cli/form.h"

#include "cli/alloc.h"

#include <stdlib.h>
#include <string.h>

static const char TYPE[] = ";type=";
static const char FILENAME[] = ";filename=";

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Cuts the last ";type=" or ";filename=" off the text. False: there is none. */
static bool cut_setting(chutes_invoke_part *part, char *text)
{
    for (char *at = strrchr(text, ';'); at != NULL && at > text; at--) {
        if (starts_with(at, TYPE)) {
            part->content_type = at + strlen(TYPE);
        } else if (starts_with(at, FILENAME)) {
            part->filename = at + strlen(FILENAME);
        } else {
            continue;
        }
        *at = '\0';
        return true;
    }
    return false;
}

static bool read_stdin(struct cli_form *form, chutes_invoke_part *part,
                       struct cli_output *output)
{
    if (form->data.bytes != NULL) {
        cli_refuse(output, "--form can read standard input only once");
        return false;
    }
    if (!cli_input_read_bytes(&form->data, stdin, "standard input", output)) {
        return false;
    }
    part->bytes = form->data.bytes;
    part->len = form->data.len;
    return true;
}

static bool read_part(struct cli_form *form, chutes_invoke_part *part,
                      char *text, struct cli_output *output)
{
    char *value = strchr(text, '=');

    if (value == NULL || value == text) {
        cli_refuse(output, "--form takes NAME=VALUE or NAME=@FILE");
        return false;
    }
    *value = '\0';
    value++;
    part->name = text;
    while (cut_setting(part, value)) {
    }
    if (value[0] != '@' && value[0] != '<') {
        part->text = value;
        return true;
    }
    if (value[0] == '<' && part->filename == NULL) {
        part->filename = "";
    }
    if (strcmp(value + 1, "-") == 0) {
        return read_stdin(form, part, output);
    }
    part->path = value + 1;
    return true;
}

bool cli_form_read(struct cli_form *form, const struct cli_list *list,
                   struct cli_output *output)
{
    form->parts = cli_alloc(list->count, sizeof(*form->parts));
    form->texts = cli_alloc(list->count, sizeof(*form->texts));
    form->count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        form->texts[i] = cli_copy(list->items[i]);
        if (!read_part(form, &form->parts[i], form->texts[i], output)) {
            return false;
        }
    }
    return true;
}

void cli_form_dispose(struct cli_form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        free(form->texts[i]);
    }
    free(form->texts);
    free(form->parts);
    cli_input_dispose(&form->data);
}
