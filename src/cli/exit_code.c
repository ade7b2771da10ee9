/* SPDX-License-Identifier: MIT */
/* Maps the status of a call to the exit code of the command. */
#include "cli/exit_code.h"
#include "cli/count.h"

#include <stdbool.h>

/* Both a platform at its limit (429) and a cold model (503) are a lack of
 * capacity, but only the first is about limits. */
static int code_of_capacity(const chutes_error *error)
{
    bool is_limit = error != NULL && error->http_status == 429;

    return is_limit ? CLI_EXIT_LIMIT : CLI_EXIT_API;
}

static int code_of_answer(const chutes_chat_response *response)
{
    if (response == NULL) {
        return CLI_EXIT_OK;
    }
    for (size_t i = 0; i < response->choice_count; i++) {
        const chutes_chat_choice *choice = response->choices[i];

        if (choice->refusal != NULL || chutes_chat_choice_is_filtered(choice)) {
            return CLI_EXIT_REFUSED;
        }
    }
    return CLI_EXIT_OK;
}

int cli_exit_of(chutes_status status, const chutes_error *error,
                const chutes_chat_response *response)
{
    switch (status) {
    case CHUTES_OK:
        return code_of_answer(response);
    case CHUTES_ERR_INVALID_ARGUMENT:
        return CLI_EXIT_USAGE;
    case CHUTES_ERR_CONFIG:
    case CHUTES_ERR_AUTH:
        return CLI_EXIT_AUTH;
    case CHUTES_ERR_QUOTA:
    case CHUTES_ERR_RATE_LIMITED:
        return CLI_EXIT_LIMIT;
    case CHUTES_ERR_CAPACITY:
        return code_of_capacity(error);
    case CHUTES_ERR_CONNECT:
    case CHUTES_ERR_TLS:
    case CHUTES_ERR_CONNECTION_LOST:
        return CLI_EXIT_NETWORK;
    case CHUTES_ERR_TIMEOUT:
        return CLI_EXIT_TIMEOUT;
    case CHUTES_ERR_TRUNCATED:
    case CHUTES_ERR_TOKEN_LIMIT:
        return CLI_EXIT_TRUNCATED;
    case CHUTES_ERR_REFUSED:
    case CHUTES_ERR_FILTERED:
    case CHUTES_ERR_MISMATCH:
        return CLI_EXIT_REFUSED;
    case CHUTES_ERR_CANCELLED:
        return CLI_EXIT_INTERRUPTED;
    case CHUTES_ERR_NO_MEMORY:
    case CHUTES_ERR_NOT_FOUND:
    case CHUTES_ERR_BAD_REQUEST:
    case CHUTES_ERR_SERVER:
    case CHUTES_ERR_REDIRECT:
    case CHUTES_ERR_STREAM:
    case CHUTES_ERR_PROTOCOL:
    case CHUTES_ERR_TOO_LARGE:
    case CHUTES_ERR_UNSUPPORTED:
    case CHUTES_ERR_MISUSE:
    case CHUTES_ERR_INTERNAL:
    case CHUTES_ERR_FILE:
    case CHUTES_ERR_MEDIA:
    case CHUTES_ERR_PENDING_TOOL:
        return CLI_EXIT_API;
    }
    return CLI_EXIT_API; /* a status newer than this program */
}

void cli_exit_print_table(FILE *file)
{
    static const struct {
        int code;
        const char *meaning;
    } rows[] = {
#define CLI_EXIT_ROW(name, number, meaning) {number, meaning},
        CLI_EXIT_MAP(CLI_EXIT_ROW)
#undef CLI_EXIT_ROW
    };

    fputs("\nExit codes:\n", file);
    for (size_t i = 0; i < CLI_COUNT(rows); i++) {
        fprintf(file, "  %3d  %s\n", rows[i].code, rows[i].meaning);
    }
}
