/* SPDX-License-Identifier: MIT */
/* Every option, in the order of --help. The parser reads the same table. */
#include "cli/option_table.h"

#include <string.h>

#define ALL (CLI_CALLS | CLI_DEMO | CLI_MOCK | CLI_VERSION | CLI_HELP)
#define AT(name) offsetof(struct cli_options, name)

const struct cli_option_row cli_option_rows[] = {
    {"model", 'm', CLI_OPTION_TEXT, CLI_CHAT | CLI_EMBED, AT(model), "MODEL",
     "the model to use"},
    {"fallback", 0, CLI_OPTION_LIST, CLI_CHAT, AT(fallbacks), "MODEL",
     "the next model if one has no capacity; repeatable"},
    {"system", 's', CLI_OPTION_TEXT, CLI_CHAT, AT(system), "TEXT",
     "a system message before the prompt"},
    {"param", 'p', CLI_OPTION_LIST, CLI_CHAT, AT(params), "KEY=VALUE",
     "a parameter, such as temperature=0.7; repeatable"},
    {"image", 0, CLI_OPTION_LIST, CLI_CHAT, AT(images), "FILE|URL",
     "add an image to the prompt; repeatable"},
    {"no-stream", 0, CLI_OPTION_SWITCH, CLI_CHAT, AT(is_whole), NULL,
     "request the answer in one piece"},
    {"no-reasoning", 0, CLI_OPTION_SWITCH, CLI_CHAT, AT(hides_reasoning), NULL,
     "don't show the model's reasoning"},
    {"dimensions", 0, CLI_OPTION_COUNT, CLI_EMBED, AT(dimensions), "N",
     "request vectors of N numbers"},
    {"base64", 0, CLI_OPTION_SWITCH, CLI_EMBED, AT(asks_base64), NULL,
     "have the server send base64, which is shorter"},
    {"batch", 0, CLI_OPTION_COUNT, CLI_EMBED, AT(batch), "N",
     "send at most N texts per request; default: 512"},
    {"keep-going", 0, CLI_OPTION_SWITCH, CLI_EMBED, AT(keeps_going), NULL,
     "continue with the other texts when some fail"},
    {"no-stdin", 'n', CLI_OPTION_SWITCH, CLI_CHAT, AT(ignores_stdin), NULL,
     "don't read standard input"},
    {"json", 0, CLI_OPTION_SWITCH, CLI_CALLS, AT(is_json), NULL,
     "print JSON, also for failures"},
    {"raw", 0, CLI_OPTION_SWITCH, CLI_CHAT, AT(shows_raw), NULL,
     "like --json --no-stream, plus the original answer"},
    {"usage", 0, CLI_OPTION_SWITCH, CLI_CHAT | CLI_EMBED, AT(shows_usage), NULL,
     "print tokens and times to standard error"},
    {"base-url", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(base_url), "URL",
     "use this server, such as http://localhost:8000/v1"},
    {"timeout", 0, CLI_OPTION_SECONDS, CLI_CALLS, AT(timeout_ms), "SECONDS",
     "limit the time of the whole command; default: 0, none"},
    {"retries", 0, CLI_OPTION_RETRIES, CLI_CALLS, AT(retries), "N",
     "retry at most N times, from 0 to 9; default: 2"},
    {"retry-policy", 0, CLI_OPTION_POLICY, CLI_CALLS, AT(retry_policy), "WHICH",
     "what to retry: none, safe (default) or openai"},
    {"auth", 0, CLI_OPTION_AUTH, CLI_CALLS, AT(auth), "WAY",
     "send the key as bearer (default), x-api-key or none"},
    {"no-key", 0, CLI_OPTION_SWITCH, CLI_CALLS, AT(omits_key), NULL,
     "send no key, for servers that need none"},
    {"ca-file", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(ca_file), "FILE",
     "trust the certificates in FILE (PEM)"},
    {"client-cert", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(client_cert), "FILE",
     "present this certificate to the server (PEM)"},
    {"client-key", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(client_key), "FILE",
     "its private key, if FILE above doesn't contain it"},
    {"unix-socket", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(unix_socket), "PATH",
     "connect to this socket instead of the URL's host"},
    {"proxy", 0, CLI_OPTION_TEXT, CLI_CALLS, AT(proxy), "URL",
     "use this proxy; \"\": none, despite the environment"},
    {"insecure-http", 0, CLI_OPTION_SWITCH, CLI_CALLS, AT(allows_insecure_http),
     NULL, "allow http, which isn't encrypted, to other hosts"},
    {"port", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.port), "N",
     "listen on this port; default: 0, any free one"},
    {"seed", 0, CLI_OPTION_UNSIGNED, CLI_MOCK, AT(mock.seed), "N",
     "change what the model says"},
    {"require-key", 0, CLI_OPTION_TEXT, CLI_MOCK, AT(mock.api_key), "KEY",
     "answer 401 to any other key (don't use a real one)"},
    {"delay-ms", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.delay_ms), "N",
     "wait N ms between the events of a stream"},
    {"first-byte-ms", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.first_byte_ms), "N",
     "wait N ms before each answer"},
    {"split-bytes", 0, CLI_OPTION_SIZE, CLI_MOCK, AT(mock.split_bytes), "N",
     "send answers in pieces of N bytes"},
    {"stall-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.stall_after), "N",
     "send nothing more after N events of a stream"},
    {"cut-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.cut_after), "N",
     "close the connection after N events"},
    {"reset-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.reset_after), "N",
     "reset the connection after N events"},
    {"error-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.error_after), "N",
     "send an error event after N events, and end there"},
    {"garbage-after", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.garbage_after), "N",
     "send one event that isn't JSON after N events"},
    {"no-done", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.no_done), NULL,
     "end streams without [DONE]"},
    {"429-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_429), "N",
     "answer every N-th request with a rate limit error"},
    {"500-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_500), "N",
     "... with a server error"},
    {"503-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_503), "N",
     "... with \"no instances available\""},
    {"html-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_html), "N",
     "... with status 502 and an HTML page"},
    {"504-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_504), "N",
     "... with status 504 and an HTML page"},
    {"budget-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_budget), "N",
     "... with LiteLLM's error for an exceeded budget"},
    {"drop-every", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.every_drop), "N",
     "... by closing the connection"},
    {"429-percent", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.percent_429), "N",
     "answer N percent of the requests, at random, with 429"},
    {"max-parallel", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.max_parallel), "N",
     "answer 429 to requests beyond N at the same time"},
    {"no-finish", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.no_finish), NULL,
     "send no finish_reason"},
    {"choice-ids", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.has_choice_ids),
     NULL, "give each choice of a stream its own id, like SGLang"},
    {"hold-open", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.holds_open), NULL,
     "keep the connection open after a stream"},
    {"close-after", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.closes_after), NULL,
     "promise keep-alive, but close every connection"},
    {"idle-close-ms", 0, CLI_OPTION_INT, CLI_MOCK, AT(mock.idle_close_ms), "N",
     "close connections that are idle for N ms"},
    {"any-model", 0, CLI_OPTION_SWITCH, CLI_MOCK, AT(mock.takes_any_model),
     NULL, "accept every model name instead of answering 404"},
    {"script", 0, CLI_OPTION_TEXT, CLI_MOCK, AT(script), "FILE",
     "serve the bytes that FILE describes"},
    {"verbose", 'v', CLI_OPTION_LEVEL, CLI_CALLS, AT(verbosity), NULL,
     "log requests to standard error; -vv: headers too"},
    {"quiet", 'q', CLI_OPTION_SWITCH, CLI_CALLS | CLI_MOCK, AT(is_quiet), NULL,
     "print only errors and cut answers to standard error"},
    {"help", 'h', CLI_OPTION_HELP, ALL, 0, NULL, "print this help"},
    {"version", 0, CLI_OPTION_VERSION, ALL, 0, NULL, "print the version"},
};

const size_t cli_option_row_count =
    sizeof(cli_option_rows) / sizeof(cli_option_rows[0]);

_Static_assert(sizeof(cli_option_rows) / sizeof(cli_option_rows[0]) <=
                   CLI_OPTION_MAX_ROWS,
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
