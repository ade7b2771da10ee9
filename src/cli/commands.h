/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_COMMANDS_H
#define CHUTES_CLI_COMMANDS_H

#include "cli/options.h"
#include "cli/output.h"

/* Each of these runs one command and returns the exit code. */
int cli_chat(const struct cli_options *options, struct cli_output *output);
int cli_complete(const struct cli_options *options, struct cli_output *output);
int cli_embed(const struct cli_options *options, struct cli_output *output);
int cli_models(const struct cli_options *options, struct cli_output *output);
int cli_account(const struct cli_options *options, struct cli_output *output);
int cli_usage(const struct cli_options *options, struct cli_output *output);
int cli_list_chutes(const struct cli_options *options,
                    struct cli_output *output);
int cli_code(const struct cli_options *options, struct cli_output *output);
int cli_warmup(const struct cli_options *options, struct cli_output *output);
int cli_deploy(const struct cli_options *options, struct cli_output *output);
int cli_aliases(const struct cli_options *options, struct cli_output *output);
int cli_describe(const struct cli_options *options, struct cli_output *output);
int cli_invoke(const struct cli_options *options, struct cli_output *output);
int cli_rerank(const struct cli_options *options, struct cli_output *output);
int cli_classify(const struct cli_options *options, struct cli_output *output);
int cli_tokenize(const struct cli_options *options, struct cli_output *output);
int cli_image(const struct cli_options *options, struct cli_output *output);
int cli_video(const struct cli_options *options, struct cli_output *output);
int cli_speak(const struct cli_options *options, struct cli_output *output);
int cli_transcribe(const struct cli_options *options,
                   struct cli_output *output);
int cli_demo(const struct cli_options *options, struct cli_output *output);
int cli_mock(const struct cli_options *options, struct cli_output *output);
int cli_version(const struct cli_options *options, struct cli_output *output);
int cli_help(const struct cli_options *options, struct cli_output *output);

/* One command. In cli_commands, the last row has no name. */
struct cli_command_row {
    const char *name;
    enum cli_command command;
    int (*run)(const struct cli_options *options, struct cli_output *output);
    const char *title; /* for messages, such as "chutes chat" */
    const char *usage;
    const char *summary;
    const char *details; /* more paragraphs of --help; "" */
};

extern const struct cli_command_row cli_commands[];

/* Returns NULL if there is no such command. */
const struct cli_command_row *cli_command_find(const char *name);

/* Prints the help of one command, or an overview if `row` is NULL. */
void cli_help_print(const struct cli_command_row *row, FILE *file);

#endif
