/* SPDX-License-Identifier: MIT */
/* Parses the command line with getopt_long(), and says what may have been meant
 * by an option that does not exist. */
#include "cli/option_parse.h"

#include "cli/alloc.h"
#include "cli/option_table.h"
#include "cli/param_fields.h"
#include "cli/suggest.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* For a long option, getopt_long() returns this plus the number of its row. */
#define FIRST_LONG 256

/* The options of one command in the form that getopt_long() reads. */
struct spelling {
    char letters[2 * CLI_OPTION_MAX_ROWS + 2];
    struct option names[CLI_OPTION_MAX_ROWS + 1];
};

static void spell(struct spelling *spelling, enum cli_command command)
{
    char *letter = spelling->letters;
    struct option *name = spelling->names;

    memset(spelling, 0, sizeof(*spelling));
    *letter++ = ':'; /* distinguish a missing value from an unknown option */
    for (size_t i = 0; i < cli_option_row_count; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];

        if ((row->commands & command) == 0) {
            continue;
        }
        name->name = row->name;
        name->has_arg = row->value != NULL ? required_argument : no_argument;
        name->val = FIRST_LONG + (int)i;
        name++;
        if (row->letter != '\0') {
            *letter++ = row->letter;
        }
        if (row->letter != '\0' && row->value != NULL) {
            *letter++ = ':';
        }
    }
}

static const struct cli_option_row *row_of(int found)
{
    if (found >= FIRST_LONG) {
        return &cli_option_rows[found - FIRST_LONG];
    }
    for (size_t i = 0; i < cli_option_row_count; i++) {
        if (cli_option_rows[i].letter == found) {
            return &cli_option_rows[i];
        }
    }
    return NULL;
}

struct parse {
    struct cli_options *options;
    struct cli_output *output;
    enum cli_command command;
    const char *program;
    bool is_wrong; /* a complaint was made; only --json still matters */
};

/* Lists the options that start with `word`. Returns NULL if there are fewer
 * than two. The caller frees the list. */
static char *name_options_from(const char *word, enum cli_command command)
{
    size_t count = 0;
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    for (size_t i = 0; i < cli_option_row_count; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];

        if ((row->commands & command) != 0 &&
            strncmp(row->name, word, strlen(word)) == 0) {
            fprintf(file, "%s--%s", count > 0 ? ", " : "", row->name);
            count++;
        }
    }
    fclose(file);
    if (count < 2) {
        free(text);
        return NULL;
    }
    return text;
}

static const char *suggest_option(const char *word, enum cli_command command)
{
    struct cli_suggestion suggestion = {word, NULL, 0};

    for (size_t i = 0; i < cli_option_row_count; i++) {
        if ((cli_option_rows[i].commands & command) != 0) {
            cli_suggest(&suggestion, cli_option_rows[i].name);
        }
    }
    return suggestion.name;
}

/* Some people expect parameters to be options, such as --max-tokens. */
static const char *suggest_param(const char *word, enum cli_command command)
{
    const struct cli_param_table *table = cli_param_table_of(command);
    char key[64];
    size_t i;

    if (table == NULL || strlen(word) >= sizeof(key)) {
        return NULL;
    }
    for (i = 0; word[i] != '\0'; i++) {
        key[i] = (char)(word[i] == '-' ? '_' : word[i]);
    }
    key[i] = '\0';
    return cli_param_suggest(table, key);
}

/* `word` has no dashes and no value. */
static void refuse_unknown(const struct parse *parse, const char *word)
{
    char *several = name_options_from(word, parse->command);
    const char *option = suggest_option(word, parse->command);
    const char *param = suggest_param(word, parse->command);

    if (several != NULL) {
        cli_refuse(parse->output, "--%s could be any of %s; try '%s --help'",
                   word, several, parse->program);
    } else if (option != NULL) {
        cli_refuse(parse->output,
                   "there is no option --%s; did you mean --%s? Try '%s "
                   "--help'",
                   word, option, parse->program);
    } else if (param != NULL) {
        cli_refuse(parse->output,
                   "there is no option --%s; did you mean -p %s=VALUE? Try "
                   "'%s --help'",
                   word, param, parse->program);
    } else {
        cli_refuse(parse->output, "there is no option --%s; try '%s --help'",
                   word, parse->program);
    }
    free(several);
}

/* Complains about an option that getopt_long() didn't accept. `word` is the
 * argument that contains it. */
static void refuse_option(const struct parse *parse, int found,
                          const char *word)
{
    const struct cli_option_row *row = row_of(optopt);
    char name[64];

    if (optopt == 0) {
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="),
                 word + 2);
        refuse_unknown(parse, name);
    } else if (row == NULL) {
        cli_refuse(parse->output, "there is no option -%c; try '%s --help'",
                   optopt, parse->program);
    } else if (found == ':') {
        cli_refuse(parse->output, "--%s needs a value: %s; try '%s --help'",
                   row->name, row->value, parse->program);
    } else if ((row->commands & parse->command) == 0) {
        cli_refuse(parse->output,
                   "there is no option -%c here; try '%s --help'", optopt,
                   parse->program);
    } else {
        cli_refuse(parse->output, "--%s takes no value; try '%s --help'",
                   row->name, parse->program);
        /* --json=1 asks for JSON, so the complaint is JSON too. */
        cli_option_set(row, parse->options, NULL);
    }
}

static enum cli_parse apply(struct parse *parse,
                            const struct cli_option_row *row)
{
    const char *wanted;

    if (row->kind == CLI_OPTION_HELP) {
        return CLI_PARSED_HELP;
    }
    if (row->kind == CLI_OPTION_VERSION) {
        return CLI_PARSED_VERSION;
    }
    wanted = cli_option_set(row, parse->options, optarg);
    if (wanted == NULL) {
        return CLI_PARSED;
    }
    cli_refuse(parse->output, "--%s must be %s, not \"%s\"; try '%s --help'",
               row->name, wanted, optarg, parse->program);
    return CLI_PARSED_WRONG;
}

/* Handles one option that getopt_long() found. */
static enum cli_parse handle(struct parse *parse, int found, const char *word)
{
    bool is_known = found != '?' && found != ':';

    if (parse->is_wrong) {
        if (is_known && row_of(found)->kind == CLI_OPTION_SWITCH) {
            cli_option_set(row_of(found), parse->options, NULL);
        }
        return CLI_PARSED;
    }
    if (!is_known) {
        refuse_option(parse, found, word);
        return CLI_PARSED_WRONG;
    }
    return apply(parse, row_of(found));
}

static void set_defaults(struct cli_options *options, int argc)
{
    /* No list can have more entries than there are arguments. */
    size_t room = (size_t)argc;

    memset(options, 0, sizeof(*options));
    options->operands.items = cli_alloc(room, sizeof(char *));
    options->params.items = cli_alloc(room, sizeof(char *));
    options->images.items = cli_alloc(room, sizeof(char *));
    options->fallbacks.items = cli_alloc(room, sizeof(char *));
    options->tools.items = cli_alloc(room, sizeof(char *));
    options->features.items = cli_alloc(room, sizeof(char *));
    options->filter = chutes_model_filter_default();
    options->max_cost_usd = CHUTES_UNSET;
    options->headers.items = cli_alloc(room, sizeof(char *));
    options->form.items = cli_alloc(room, sizeof(char *));
    options->timeout_ms = CHUTES_UNSET;
    options->dimensions = CHUTES_UNSET;
    options->batch = CHUTES_UNSET;
    options->top = CHUTES_UNSET;
    options->max_rounds = CHUTES_UNSET;
    options->tool_timeout_ms = 60000;
    options->page = CHUTES_UNSET;
    options->limit = CHUTES_UNSET;
    options->retries = CHUTES_UNSET;
    options->retry_policy = CHUTES_RETRY_SAFE;
}

/* Sets what the options imply. */
static void complete(struct cli_options *options)
{
    options->is_json = options->is_json || options->shows_raw;
    options->is_whole = options->is_whole || options->shows_raw;
    if (options->omits_key) {
        options->auth = CHUTES_AUTH_NONE;
    }
}

enum cli_parse cli_options_parse(struct cli_options *options,
                                 enum cli_command command, int argc,
                                 char **argv, struct cli_output *output)
{
    struct parse parse = {options, output, command, argv[0], false};
    struct spelling spelling;
    int found;

    set_defaults(options, argc);
    spell(&spelling, command);
    optind = 0; /* glibc and musl: starts a new parse */
    opterr = 0;
    while ((found = getopt_long(argc, argv, spelling.letters, spelling.names,
                                NULL)) != -1) {
        enum cli_parse parsed = handle(&parse, found, argv[optind - 1]);

        if (parsed == CLI_PARSED_WRONG) {
            parse.is_wrong = true;
        } else if (parsed != CLI_PARSED) {
            return parsed;
        }
    }
    complete(options);
    for (int i = optind; i < argc; i++) {
        cli_list_append(&options->operands, argv[i]);
    }
    output->is_quiet = options->is_quiet;
    return parse.is_wrong ? CLI_PARSED_WRONG : CLI_PARSED;
}

void cli_options_dispose(struct cli_options *options)
{
    free(options->operands.items);
    free(options->params.items);
    free(options->images.items);
    free(options->fallbacks.items);
    free(options->tools.items);
    free(options->features.items);
    free(options->headers.items);
    free(options->form.items);
}
