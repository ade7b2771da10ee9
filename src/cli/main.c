/* SPDX-License-Identifier: MIT */
/* The program: finds the command, parses its options, runs it, and turns the
 * outcome into an exit code. */
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/option_parse.h"
#include "cli/report.h"
#include "cli/suggest.h"
#include "cli/trace.h"
#include "cli/wording.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Does the command line contain --json, perhaps with a value? For those that
 * weren't parsed as a command that has the option. */
static bool names_json(int argc, char **argv)
{
    static const char name[] = "--json";

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], name, sizeof(name) - 1) == 0 &&
            (argv[i][sizeof(name) - 1] == '\0' ||
             argv[i][sizeof(name) - 1] == '=')) {
            return true;
        }
    }
    return false;
}

/* Prints a mistake on the command line, for which no call was made, as JSON. */
static void report_refusal(enum cli_command command, struct cli_output *output)
{
    static const struct cli_spent nothing = {.cost_usd = -1};
    chutes_error error;

    if (output->refusal == NULL) {
        return;
    }
    cli_report_fail(&error, CHUTES_ERR_INVALID_ARGUMENT, "%s", output->refusal);
    if ((command & CLI_TEXT) != 0) {
        cli_report_chat(output->answer.file, &error, NULL, &nothing, false);
    } else {
        cli_report_failure(output->answer.file, &error);
    }
}

static int run(const struct cli_command_row *row, int argc, char **argv,
               struct cli_output *output)
{
    struct cli_options options;
    char title[32];
    int code = CLI_EXIT_OK;
    bool is_json;

    /* Complaints refer to the --help of the command. */
    snprintf(title, sizeof(title), "%s", row->title);
    output->asks_no_model =
        (row->command & (CLI_INVOKE | CLI_DESCRIBE | CLI_PLATFORM)) != 0;
    cli_wording_use(row->command);
    argv[0] = title;
    switch (cli_options_parse(&options, row->command, argc, argv, output)) {
    case CLI_PARSED:
        code = row->run(&options, output);
        cli_trace_close(output);
        break;
    case CLI_PARSED_HELP:
        cli_help_print(row, output->answer.file);
        break;
    case CLI_PARSED_VERSION:
        options.operands.count = 0;
        code = cli_version(&options, output);
        break;
    case CLI_PARSED_WRONG:
        code = CLI_EXIT_USAGE;
        break;
    }
    is_json = (row->command & CLI_CALLS) != 0 ? options.is_json
                                              : names_json(argc, argv);
    if (is_json) {
        report_refusal(row->command, output);
    }
    cli_options_dispose(&options);
    return code;
}

/* `chutes --help` means `chutes help`. */
static const char *command_named_by(const char *argument)
{
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        return "help";
    }
    return strcmp(argument, "--version") == 0 ? "version" : argument;
}

static const char *suggest_command(const char *word)
{
    struct cli_suggestion suggestion = {word, NULL, 0};

    for (const struct cli_command_row *row = cli_commands; row->name != NULL;
         row++) {
        cli_suggest(&suggestion, row->name);
    }
    return suggestion.name;
}

static int refuse_command(int argc, char **argv, struct cli_output *output)
{
    const char *name = suggest_command(argv[1]);

    if (name != NULL) {
        cli_refuse(output, "there is no command '%s'; did you mean '%s'?",
                   argv[1], name);
    } else {
        cli_refuse(output, "there is no command '%s'; try 'chutes help'",
                   argv[1]);
    }
    if (names_json(argc, argv)) {
        report_refusal(CLI_HELP, output);
    }
    return CLI_EXIT_USAGE;
}

static int dispatch(int argc, char **argv, struct cli_output *output)
{
    const struct cli_command_row *row;

    if (argc < 2) {
        cli_help_print(NULL, output->chatter.file);
        return CLI_EXIT_USAGE;
    }
    row = cli_command_find(command_named_by(argv[1]));
    if (row == NULL) {
        return refuse_command(argc, argv, output);
    }
    return run(row, argc - 1, argv + 1, output);
}

/* The next socket would get the number of a closed standard descriptor, and the
 * answer would be written into it. Opens the closed ones so that input is
 * empty, output fails and errors are silent. */
static void open_standard_descriptors(void)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};

    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd) {
            _exit(CLI_EXIT_API);
        }
    }
}

int main(int argc, char **argv)
{
    struct cli_output output;
    int code;

    open_standard_descriptors();
    cli_output_init(&output, argc > 0 ? argv[0] : "chutes");
    if (!cli_interrupt_start()) {
        cli_complain(&output, "can't start a thread");
        return CLI_EXIT_API;
    }
    code = cli_output_finish(&output, dispatch(argc, argv, &output));
    /* This comes last, as it may end the process by a signal. */
    cli_interrupt_stop();
    return code;
}
