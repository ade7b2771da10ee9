/* SPDX-License-Identifier: MIT */
#include "cli/option_table.h"

#include <string.h>

#define ALL (CLI_CALLS | CLI_DEMO | CLI_MOCK | CLI_VERSION | CLI_HELP)
#define AT(name) offsetof(struct cli_options, name)

const struct cli_option_row cli_option_rows[] = {
    {"model", 'm', CLI_OPTION_TEXT, CLI_CHAT | CLI_EMBED, AT(model), "MODEL",
     "the model to ask"},
    {"fallback", 0, CLI_OPTION_LIST, CLI_CHAT, AT(fallbacks), "MODEL",
     "ask this one when the one before is full; repeatable"},
    {"system", 's', CLI_OPTION_TEXT, CLI_CHAT, AT(system), "TEXT",
     "a system message before the prompt"},
    {"param", 'p', CLI_OPTION_LIST, CLI_CHAT, AT(params), "KEY=VALUE",
     "a parameter, such as temperature=0.7; repeatable"},
    {"image", 0, CLI_OPTION_LIST, CLI_CHAT, AT(images), "FILE|URL",
     "show the model an image; repeatable"},
    {"no-stream", 0, CLI_OPTION_SWITCH, CLI_CHAT, AT(is_whole), NULL,
     "ask for the answer in one piece"},
    {"no-reasoning", 0, CLI_OPTION_SWITCH, CLI_CHAT, AT(hides_reasoning), NULL,
     "don't show the model's reasoning"},
    {"dimensions", 0, CLI_OPTION_COUNT, CLI_EMBED, AT(dimensions), "N",
     "ask for vectors of N numbers"},
    {"base64", 0, CLI_OPTION_SWITCH, CLI_EMBED, AT(asks_base64), NULL,
     "let the server send base64, which is shorter"},
    {"batch", 0, CLI_OPTION_COUNT, CLI_EMBED, AT(batch), "N",
     "send at most N texts in one request; 512"},
    {"keep-going", 0, CLI_OPTION_SWITCH, CLI_EMBED, AT(keeps_going), NULL,
     "go on with other texts when some fail"},
    {"no-stdin", 'n', CLI_OPTION_SWITCH, CLI_CHAT, AT(ignores_stdin), NULL,
     "don't read standard input"},
    {"json", 0, CLI_OPTION_SWITCH, CLI_CALLS, AT(is_json), NULL,
     "print JSON, also about a failure"},
    {"raw", 0, CLI_OPTION_SWITCH, CLI_CHAT, AT(shows_raw), NULL,
     "as --json, with the answer in one piece as it came"},
    {"usage", 0, CLI_OPTION_SWITCH, CLI_CHAT | CLI_EMBED, AT(shows_usage), NULL,
     "tell tokens and times on standard error"},
    {"base-url", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(base_url), "URL",
     "another server, such as http://localhost:8000/v1"},
    {"timeout", 0, CLI_OPTION_SECONDS, CLI_CALLS, AT(timeout_ms), "SECONDS",
     "limit of the whole call; 0: none, the default"},
    {"retries", 0, CLI_OPTION_RETRIES, CLI_CALLS, AT(retries), "N",
     "try again at most N times, 0 to 9; 2"},
    {"retry-policy", 0, CLI_OPTION_POLICY, CLI_CALLS, AT(retry_policy), "WHICH",
     "what is tried again: none, safe (default) or openai"},
    {"auth", 0, CLI_OPTION_AUTH, CLI_CALLS, AT(auth), "WAY",
     "send the key as bearer (default), x-api-key or none"},
    {"no-key", 0, CLI_OPTION_SWITCH, CLI_CALLS, AT(omits_key), NULL,
     "send no key, for a server that needs none"},
    {"ca-file", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(ca_file), "FILE",
     "trust the certificates in FILE (PEM)"},
    {"client-cert", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(client_cert), "FILE",
     "show the server this certificate (PEM)"},
    {"client-key", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(client_key), "FILE",
     "its private key, where FILE above doesn't hold it"},
    {"unix-socket", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(unix_socket), "PATH",
     "connect to this socket instead of the URL's host"},
    {"proxy", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(proxy), "URL",
     "a proxy; \"\": none, whatever the environment says"},
    {"insecure-http", 0, CLI_OPTION_SWITCH, CLI_CALLS, AT(allows_insecure_http),
     NULL, "allow http to other hosts: all can be read on the way"},
    {"port", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.port), "N",
     "listen on this port; 0, the default: any free one"},
    {"seed", 0, CLI_OPTION_UNSIGNED, CLI_MOCK, AT(mock.seed), "N",
     "another seed, other texts"},
    {"require-key", 0, CLI_OPTION_TEXT, CLI_MOCK, AT(mock.api_key), "KEY",
     "answer 401 to any other key (none of your real ones)"},
    {"delay-ms", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.delay_ms), "N",
     "wait between the events of a stream"},
    {"first-byte-ms", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.first_byte_ms), "N",
     "stay silent before every answer"},
    {"split-bytes", 0, CLI_OPTION_SIZE, CLI_MOCK, AT(mock.split_bytes), "N",
     "send answers in pieces of N bytes"},
    {"stall-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.stall_after), "N",
     "fall silent after N events of a stream"},
    {"cut-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.cut_after), "N",
     "close the connection after N events"},
    {"reset-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.reset_after), "N",
     "reset the connection after N events"},
    {"error-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.error_after), "N",
     "send an error inside the stream after N events"},
    {"garbage-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.garbage_after), "N",
     "send an event that is no JSON after N events"},
    {"no-done", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.no_done), NULL,
     "end streams without [DONE]"},
    {"429-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_429), "N",
     "answer every N-th request with a rate limit"},
    {"500-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_500), "N",
     "... with a server error"},
    {"503-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_503), "N",
     "... with: no instance available"},
    {"html-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_html), "N",
     "... with status 502 and an HTML page"},
    {"504-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_504), "N",
     "... with status 504 and an HTML page"},
    {"budget-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_budget), "N",
     "... with LiteLLM's error for a used-up budget"},
    {"drop-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_drop), "N",
     "... by closing the connection"},
    {"429-percent", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.percent_429), "N",
     "answer N of 100 requests, at random, with 429"},
    {"max-parallel", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.max_parallel), "N",
     "... what comes while N others are being answered"},
    {"no-finish", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.no_finish), NULL,
     "give no choice a finish_reason"},
    {"choice-ids", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.has_choice_ids),
     NULL, "give each choice of a stream an id, as SGLang does"},
    {"hold-open", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.holds_open), NULL,
     "keep the connection open after a stream"},
    {"close-after", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.closes_after), NULL,
     "promise to keep connections, and close them"},
    {"idle-close-ms", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.idle_close_ms), "N",
     "close connections that were idle for so long"},
    {"any-model", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.takes_any_model),
     NULL, "answer for every model name instead of with 404"},
    {"script", 0, CLI_OPTION_TEXT, CLI_MOCK, AT(script), "FILE",
     "serve the bytes that FILE describes"},
    {"verbose", 'v', CLI_OPTION_LEVEL, CLI_CALLS, AT(verbosity), NULL,
     "log requests to standard error; -vv: also headers"},
    {"quiet", 'q', CLI_OPTION_SWITCH, CLI_CALLS | CLI_MOCK, AT(is_quiet), NULL,
     "only errors and cut answers on standard error"},
    {"help", 'h', CLI_OPTION_HELP, ALL, 0, NULL, "print this help"},
    {"version", 0, CLI_OPTION_VERSION, ALL, 0, NULL, "print the version"},
};

const size_t cli_option_row_count =
    sizeof(cli_option_rows) / sizeof(cli_option_rows[0]);

_Static_assert(sizeof(cli_option_rows) / sizeof(cli_option_rows[0]) <=
                   CLI_OPTION_MOST_ROWS,
               "room for getopt_long()");

void cli_options_print_help(enum cli_command command, FILE *file)
{
    fputs("\nOptions:\n", file);
    for (size_t i = 0; i < cli_option_row_count; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];
        char left[64];

        if ((row->commands & command) == 0) {
            continue;
        }
        snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
                 row->letter != '\0' ? '-' : ' ',
                 row->letter != '\0' ? row->letter : ' ',
                 row->letter != '\0' ? ',' : ' ', row->name,
                 row->value != NULL ? " " : "",
                 row->value != NULL ? row->value : "");
        fprintf(file, "  %-24s %s\n", left, row->help);
    }
}
