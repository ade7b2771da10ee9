/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/interrupt.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int run(const struct cli_command_row *row, int argc, char **argv,
               struct cli_output *output)
{
    struct cli_options options;
    char title[32];
    int code = CLI_EXIT_OK;

    /* getopt_long() begins its complaints with argv[0]. */
    snprintf(title, sizeof(title), "%s", row->title);
    argv[0] = title;
    switch (cli_options_parse(&options, row->command, argc, argv, output)) {
    case CLI_PARSED:
        code = row->run(&options, output);
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
    cli_options_dispose(&options);
    return code;
}

/* `chutes --help` is `chutes help`. */
static const char *command_named_by(const char *argument)
{
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        return "help";
    }
    return strcmp(argument, "--version") == 0 ? "version" : argument;
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
        cli_complain(output, "there is no command '%s'; try 'chutes help'",
                     argv[1]);
        return CLI_EXIT_USAGE;
    }
    return run(row, argc - 1, argv + 1, output);
}

/* A closed standard descriptor would be taken by the next socket, and the
 * answer be written into it. Empty input, output that fails, silent errors. */
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
    cli_interrupt_stop();
    return code;
}
