/* SPDX-License-Identifier: MIT */
/* In the place of tools.c if the toolkit isn't a part of the build. */
#include "cli/tools.h"

struct cli_tools *cli_tools_new(const struct cli_options *options,
                                struct cli_output *output)
{
    (void)options;
    cli_refuse(output, "--tool isn't a part of this build, which was made with "
                       "CHUTES_TOOLKIT=OFF");
    return NULL;
}

void cli_tools_free(struct cli_tools *tools)
{
    (void)tools;
}

/* There are no tools to call this with. */
void cli_tools_chat(struct cli_tools *tools, chutes_client *client,
                    const chutes_chat_params *chat,
                    chutes_chat_response **response, chutes_error *error)
{
    (void)tools;
    (void)client;
    (void)chat;
    (void)response;
    (void)error;
}
