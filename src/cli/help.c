/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/defaults.h"
#include "cli/option_table.h"
#include "cli/param_fields.h"

#include <ctype.h>
#include <string.h>

const struct cli_command_row cli_commands[] = {
    {"chat", CLI_CHAT, cli_chat, "chutes chat",
     "chutes chat [OPTIONS] [PROMPT...|-]", "ask a model and print its answer",
     "The prompt is the arguments joined by blanks. Standard input, when it "
     "is\n"
     "no terminal or when an argument is \"-\", follows after a blank line. "
     "In a\n"
     "loop such as 'while read', -n leaves standard input to the loop.\n"
     "The answer alone goes to standard output, as it arrives; reasoning, "
     "tool\n"
     "calls and messages go to standard error.\n"},
    {"embed", CLI_EMBED, cli_embed, "chutes embed",
     "chutes embed [OPTIONS] [TEXT...|-]", "turn texts into vectors",
     "Without arguments, or with \"-\", every line of standard input is a "
     "text,\nand index 0 is line 1. Lines are read and vectors printed as they "
     "come, in\norder: a line {\"index\":0,\"embedding\":[...]} for each.\n"
     "With --json it is one object, whose \"data\" holds them; what follows it "
     "tells\nhow it ended, and the indexes that \"failed\". When some texts "
     "fail, "
     "requests\nthat are under way are finished and no others are sent, unless "
     "--keep-going\nis given. Either way the exit code is that of the first "
     "failure.\n"},
    {"models", CLI_MODELS, cli_models, "chutes models",
     "chutes models [OPTIONS]", "list the models of the server",
     "Prices are US dollars per million tokens; \"-\" is an unknown price, "
     "and\n"
     "\"fees\" says that something else costs too, such as each request. With\n"
     "--json an array of the server's entries as they came, and one object "
     "when\n"
     "they can't be listed.\n"},
    {"demo", CLI_DEMO, cli_demo, "chutes demo", "chutes demo",
     "see it work in a few seconds, without a key",
     "Starts a server on this host (a demo model, not an AI) and talks to it "
     "as\n"
     "to the real one: a streamed answer, a tool call, a search by meaning.\n"},
    {"mock", CLI_MOCK, cli_mock, "chutes mock", "chutes mock [OPTIONS]",
     "serve the demo model, with faults on request",
     "An OpenAI-compatible server on 127.0.0.1 to test programs against. "
     "Prints its\nbase URL and runs until it is interrupted. Each fault is off "
     "unless given.\nWith --script it serves exact bytes instead; the language "
     "is described in\ntests/fixtures/scripts/README.md of the source.\n"},
    {"version", CLI_VERSION, cli_version, "chutes version", "chutes version",
     "print the version and those of the libraries beneath", ""},
    {"help", CLI_HELP, cli_help, "chutes help", "chutes help [COMMAND]",
     "print the help of a command", ""},
    {NULL, 0, NULL, NULL, NULL, NULL, NULL},
};

const struct cli_command_row *cli_command_find(const char *name)
{
    for (const struct cli_command_row *row = cli_commands; row->name != NULL;
         row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static void print_environment(FILE *file)
{
    fputs(
        "\nEnvironment:\n"
        "  CHUTES_API_KEY              the key; not needed on loopback hosts\n"
        "  CHUTES_BASE_URL             as --base-url; default:\n"
        "                              " CHUTES_DEFAULT_BASE_URL "\n"
        "  CHUTES_EMBEDDINGS_BASE_URL  for embed, where it differs\n"
        "  CHUTES_MODEL                as chat --model; default:\n"
        "                              " CLI_CHAT_MODEL "\n"
        "  CHUTES_EMBEDDINGS_MODEL     as embed --model; default:\n"
        "                              " CLI_EMBEDDINGS_MODEL "\n"
        "  CURL_CA_BUNDLE              as --ca-file; else SSL_CERT_FILE, a "
        "file "
        "as well,\n"
        "                              and SSL_CERT_DIR, directories of "
        "certificates\n"
        "  https_proxy, no_proxy, ...  as for curl; loopback hosts use no such "
        "proxy\n"
        "  NO_COLOR                    not empty: no colour\n",
        file);
}

static void print_overview(FILE *file)
{
    fputs("Usage: chutes COMMAND [OPTIONS] [ARGUMENTS]\n\n"
          "Talks to Chutes and to any other OpenAI-compatible server.\n\n"
          "Commands:\n",
          file);
    for (const struct cli_command_row *row = cli_commands; row->name != NULL;
         row++) {
        fprintf(file, "  %-8s %s\n", row->name, row->summary);
    }
    fputs("\n'chutes COMMAND --help' tells more. New here? Try: chutes demo\n",
          file);
}

void cli_help_print(const struct cli_command_row *row, FILE *file)
{
    const unsigned calls = CLI_CALLS;

    if (row == NULL) {
        print_overview(file);
    } else {
        fprintf(file, "Usage: %s\n\n%c%s.\n%s%s", row->usage,
                toupper(row->summary[0]), row->summary + 1,
                row->details[0] != '\0' ? "\n" : "", row->details);
        cli_options_print_help(row->command, file);
    }
    if (row != NULL && row->command == CLI_CHAT) {
        fputs("\nParameters for -p (others go into the request as they are, as "
              "JSON\nif the value is JSON, else as a string):\n",
              file);
        cli_param_print_keys(file);
    }
    if (row == NULL || ((unsigned)row->command & calls) != 0) {
        print_environment(file);
        cli_exit_print_table(file);
    }
}

int cli_help(const struct cli_options *options, struct cli_output *output)
{
    const struct cli_list *names = &options->operands;
    const struct cli_command_row *row = NULL;

    if (names->count > 0) {
        row = cli_command_find(names->items[0]);
    }
    if (names->count > 1 || (names->count == 1 && row == NULL)) {
        cli_refuse(output, "there is no help on that; try 'chutes help'");
        return CLI_EXIT_USAGE;
    }
    cli_help_print(row, output->answer.file);
    return CLI_EXIT_OK;
}
