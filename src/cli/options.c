/* SPDX-License-Identifier: MIT */
#include "cli/options.h"
#include "cli/alloc.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    KIND_HELP,
    KIND_VERSION,
    KIND_TEXT,
    KIND_LIST,
    KIND_SWITCH,
    KIND_LEVEL, /* counts how often it is given */
    KIND_SECONDS,
    KIND_AUTH,
    KIND_POLICY,
    KIND_RETRIES,
    KIND_COUNT,   /* int64_t, 1 or more */
    KIND_SIZE,    /* size_t, 0 or more */
    KIND_INT,     /* int, 0 or more */
    KIND_UNSIGNED /* 0 or more */
};

struct option_row {
    const char *name;
    char letter; /* NUL: none */
    enum kind kind;
    unsigned commands; /* which take it */
    size_t offset;     /* in struct cli_options */
    const char *value; /* its name in --help; NULL: takes none */
    const char *help;
};

#define CALLS (CLI_CHAT | CLI_EMBED | CLI_MODELS)
#define ALL (CALLS | CLI_DEMO | CLI_MOCK | CLI_VERSION | CLI_HELP)
#define AT(name) offsetof(struct cli_options, name)

/* In the order of --help. */
static const struct option_row rows[] = {
    {"model", 'm', KIND_TEXT, CLI_CHAT | CLI_EMBED, AT(model), "MODEL",
     "the model to ask"},
    {"fallback", 0, KIND_LIST, CLI_CHAT, AT(fallbacks), "MODEL",
     "ask this one when the one before is full; repeatable"},
    {"system", 's', KIND_TEXT, CLI_CHAT, AT(system), "TEXT",
     "a system message before the prompt"},
    {"param", 'p', KIND_LIST, CLI_CHAT, AT(params), "KEY=VALUE",
     "a parameter, such as temperature=0.7; repeatable"},
    {"image", 0, KIND_LIST, CLI_CHAT, AT(images), "FILE|URL",
     "show the model an image; repeatable"},
    {"no-stream", 0, KIND_SWITCH, CLI_CHAT, AT(is_whole), NULL,
     "ask for the answer in one piece"},
    {"no-reasoning", 0, KIND_SWITCH, CLI_CHAT, AT(hides_reasoning), NULL,
     "don't show the model's reasoning"},
    {"dimensions", 0, KIND_COUNT, CLI_EMBED, AT(dimensions), "N",
     "ask for vectors of N numbers"},
    {"base64", 0, KIND_SWITCH, CLI_EMBED, AT(asks_base64), NULL,
     "let the server send base64, which is shorter"},
    {"batch", 0, KIND_COUNT, CLI_EMBED, AT(batch), "N",
     "send at most N texts in one request; 512"},
    {"keep-going", 0, KIND_SWITCH, CLI_EMBED, AT(keeps_going), NULL,
     "go on with other texts when some fail"},
    {"json", 0, KIND_SWITCH, CALLS, AT(is_json), NULL,
     "print JSON, also about a failure"},
    {"usage", 0, KIND_SWITCH, CLI_CHAT | CLI_EMBED, AT(shows_usage), NULL,
     "tell tokens and times on standard error"},
    {"base-url", 0, KIND_TEXT, CALLS, AT(base_url), "URL",
     "another server, such as http://localhost:8000/v1"},
    {"timeout", 0, KIND_SECONDS, CALLS, AT(timeout_ms), "SECONDS",
     "limit of the whole call; 0: none, the default"},
    {"retries", 0, KIND_RETRIES, CALLS, AT(retries), "N",
     "try again at most N times, 0 to 9; 2"},
    {"retry-policy", 0, KIND_POLICY, CALLS, AT(retry_policy), "WHICH",
     "what is tried again: none, safe (default) or openai"},
    {"auth", 0, KIND_AUTH, CALLS, AT(auth), "WAY",
     "send the key as bearer (the default) or x-api-key"},
    {"ca-file", 0, KIND_TEXT, CALLS, AT(ca_file), "FILE",
     "trust the certificates in FILE (PEM)"},
    {"proxy", 0, KIND_TEXT, CALLS, AT(proxy), "URL",
     "a proxy; \"\": none, whatever the environment says"},
    {"insecure-http", 0, KIND_SWITCH, CALLS, AT(allows_insecure_http), NULL,
     "allow http to other hosts: all can be read on the way"},
    {"port", 0, KIND_INT, CLI_MOCK, AT(mock.port), "N",
     "listen on this port; 0, the default: any free one"},
    {"seed", 0, KIND_UNSIGNED, CLI_MOCK, AT(mock.seed), "N",
     "another seed, other texts"},
    {"require-key", 0, KIND_TEXT, CLI_MOCK, AT(mock.api_key), "KEY",
     "answer 401 to any other key (none of your real ones)"},
    {"delay-ms", 0, KIND_INT, CLI_MOCK, AT(mock.delay_ms), "N",
     "wait between the events of a stream"},
    {"first-byte-ms", 0, KIND_INT, CLI_MOCK, AT(mock.first_byte_ms), "N",
     "stay silent before every answer"},
    {"split-bytes", 0, KIND_SIZE, CLI_MOCK, AT(mock.split_bytes), "N",
     "send answers in pieces of N bytes"},
    {"stall-after", 0, KIND_INT, CLI_MOCK, AT(mock.stall_after), "N",
     "fall silent after N events of a stream"},
    {"cut-after", 0, KIND_INT, CLI_MOCK, AT(mock.cut_after), "N",
     "close the connection after N events"},
    {"reset-after", 0, KIND_INT, CLI_MOCK, AT(mock.reset_after), "N",
     "reset the connection after N events"},
    {"error-after", 0, KIND_INT, CLI_MOCK, AT(mock.error_after), "N",
     "send an error inside the stream after N events"},
    {"garbage-after", 0, KIND_INT, CLI_MOCK, AT(mock.garbage_after), "N",
     "send an event that is no JSON after N events"},
    {"no-done", 0, KIND_SWITCH, CLI_MOCK, AT(mock.no_done), NULL,
     "end streams without [DONE]"},
    {"429-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_429), "N",
     "answer every N-th request with a rate limit"},
    {"500-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_500), "N",
     "... with a server error"},
    {"503-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_503), "N",
     "... with: no instance available"},
    {"html-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_html), "N",
     "... with status 502 and an HTML page"},
    {"504-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_504), "N",
     "... with status 504 and an HTML page"},
    {"budget-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_budget), "N",
     "... with LiteLLM's error for a used-up budget"},
    {"drop-every", 0, KIND_INT, CLI_MOCK, AT(mock.every_drop), "N",
     "... by closing the connection"},
    {"429-percent", 0, KIND_INT, CLI_MOCK, AT(mock.percent_429), "N",
     "answer N of 100 requests, at random, with 429"},
    {"max-parallel", 0, KIND_INT, CLI_MOCK, AT(mock.max_parallel), "N",
     "... what comes while N others are being answered"},
    {"no-finish", 0, KIND_SWITCH, CLI_MOCK, AT(mock.no_finish), NULL,
     "give no choice a finish_reason"},
    {"choice-ids", 0, KIND_SWITCH, CLI_MOCK, AT(mock.has_choice_ids), NULL,
     "give each choice of a stream an id, as SGLang does"},
    {"hold-open", 0, KIND_SWITCH, CLI_MOCK, AT(mock.holds_open), NULL,
     "keep the connection open after a stream"},
    {"close-after", 0, KIND_SWITCH, CLI_MOCK, AT(mock.closes_after), NULL,
     "promise to keep connections, and close them"},
    {"idle-close-ms", 0, KIND_INT, CLI_MOCK, AT(mock.idle_close_ms), "N",
     "close connections that were idle for so long"},
    {"any-model", 0, KIND_SWITCH, CLI_MOCK, AT(mock.takes_any_model), NULL,
     "answer for every model name instead of with 404"},
    {"script", 0, KIND_TEXT, CLI_MOCK, AT(script), "FILE",
     "serve the bytes that FILE describes"},
    {"verbose", 'v', KIND_LEVEL, CALLS, AT(verbosity), NULL,
     "log requests to standard error; -vv: also headers"},
    {"quiet", 'q', KIND_SWITCH, CALLS | CLI_MOCK, AT(is_quiet), NULL,
     "nothing on standard error but errors"},
    {"help", 'h', KIND_HELP, ALL, 0, NULL, "print this help"},
    {"version", 0, KIND_VERSION, ALL, 0, NULL, "print the version"},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* max_attempts, but for the first. */
enum { MOST_RETRIES = 9 };

/* getopt_long() returns the row's number from here on for a long option. */
#define FIRST_LONG 256

static bool parse_number(const char *text, int64_t most, int64_t *value)
{
    char *end = NULL;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    *value = number;
    return end != text && *end == '\0' && errno == 0 && number >= 0 &&
           number <= most;
}

static bool parse_seconds(const char *text, int64_t *ms)
{
    char *end = NULL;
    double seconds = strtod(text, &end);

    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 1e9)) {
        return false;
    }
    *ms = (int64_t)(seconds * 1000.0 + 0.5);
    return true;
}

static bool parse_auth(const char *text, chutes_auth *auth)
{
    *auth = strcmp(text, "bearer") == 0 ? CHUTES_AUTH_BEARER
                                        : CHUTES_AUTH_X_API_KEY;
    return *auth == CHUTES_AUTH_BEARER || strcmp(text, "x-api-key") == 0;
}

static bool parse_policy(const char *text, chutes_retry_policy *policy)
{
    static const struct {
        const char *name;
        chutes_retry_policy policy;
    } policies[] = {{"none", CHUTES_RETRY_NONE},
                    {"safe", CHUTES_RETRY_SAFE},
                    {"openai", CHUTES_RETRY_OPENAI}};

    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(text, policies[i].name) == 0) {
            *policy = policies[i].policy;
            return true;
        }
    }
    return false;
}

static bool parse_retries(const char *text, int *retries)
{
    int64_t number;
    bool is_right = parse_number(text, MOST_RETRIES, &number);

    *retries = (int)number;
    return is_right;
}

static void append(struct cli_list *list, const char *text)
{
    list->items[list->count] = text;
    list->count++;
}

/* What the value should have been; NULL: it is set. */
static const char *set_number(const struct option_row *row, void *at,
                              const char *text)
{
    int64_t number = 0;

    if (!parse_number(text, INT32_MAX, &number)) {
        return "a whole number";
    }
    if (row->kind == KIND_COUNT && number == 0) {
        return "1 or more";
    }
    if (row->kind == KIND_COUNT) {
        *(int64_t *)at = number;
    } else if (row->kind == KIND_SIZE) {
        *(size_t *)at = (size_t)number;
    } else if (row->kind == KIND_INT) {
        *(int *)at = (int)number;
    } else {
        *(unsigned *)at = (unsigned)number;
    }
    return NULL;
}

/* As set_number(). */
static const char *set(const struct option_row *row,
                       struct cli_options *options, const char *text)
{
    void *at = (char *)options + row->offset;

    switch (row->kind) {
    case KIND_HELP:
    case KIND_VERSION:
        return NULL; /* seen by parse_next() */
    case KIND_TEXT:
        *(const char **)at = text;
        return NULL;
    case KIND_LIST:
        append(at, text);
        return NULL;
    case KIND_SWITCH:
        *(bool *)at = true;
        return NULL;
    case KIND_LEVEL:
        *(int *)at += 1;
        return NULL;
    case KIND_SECONDS:
        return parse_seconds(text, at) ? NULL : "a number of seconds";
    case KIND_AUTH:
        return parse_auth(text, at) ? NULL : "bearer or x-api-key";
    case KIND_POLICY:
        return parse_policy(text, at) ? NULL : "none, safe or openai";
    case KIND_RETRIES:
        return parse_retries(text, at) ? NULL : "0 to 9";
    case KIND_COUNT:
    case KIND_SIZE:
    case KIND_INT:
    case KIND_UNSIGNED:
        return set_number(row, at, text);
    }
    return NULL;
}

/* The table in getopt_long()'s words, for one command. */
struct spelling {
    char letters[2 * ROW_COUNT + 1];
    struct option names[ROW_COUNT + 1];
};

static void spell(struct spelling *spelling, enum cli_command command)
{
    char *letter = spelling->letters;
    struct option *name = spelling->names;

    memset(spelling, 0, sizeof(*spelling));
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];

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

static const struct option_row *row_of(int found)
{
    if (found >= FIRST_LONG) {
        return &rows[found - FIRST_LONG];
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].letter == found) {
            return &rows[i];
        }
    }
    return NULL; /* getopt_long() has complained */
}

static enum cli_parse take(const struct option_row *row,
                           struct cli_options *options, const char *program,
                           struct cli_output *output)
{
    const char *wanted;

    if (row->kind == KIND_HELP) {
        return CLI_PARSED_HELP;
    }
    if (row->kind == KIND_VERSION) {
        return CLI_PARSED_VERSION;
    }
    wanted = set(row, options, optarg);
    if (wanted == NULL) {
        return CLI_PARSED;
    }
    cli_complain(output, "--%s: %s is needed, not \"%s\"; try '%s --help'",
                 row->name, wanted, optarg, program);
    return CLI_PARSED_WRONG;
}

static void set_defaults(struct cli_options *options, int argc)
{
    size_t room = (size_t)argc;

    memset(options, 0, sizeof(*options));
    options->operands.items = cli_alloc(room, sizeof(char *));
    options->params.items = cli_alloc(room, sizeof(char *));
    options->images.items = cli_alloc(room, sizeof(char *));
    options->fallbacks.items = cli_alloc(room, sizeof(char *));
    options->timeout_ms = CHUTES_UNSET;
    options->dimensions = CHUTES_UNSET;
    options->batch = CHUTES_UNSET;
    options->retries = CHUTES_UNSET;
    options->retry_policy = CHUTES_RETRY_SAFE;
}

enum cli_parse cli_options_parse(struct cli_options *options,
                                 enum cli_command command, int argc,
                                 char **argv, struct cli_output *output)
{
    struct spelling spelling;
    int found;

    set_defaults(options, argc);
    spell(&spelling, command);
    optind = 0; /* glibc and musl: forget the parse before */
    while (true) {
        enum cli_parse parsed;

        found = getopt_long(argc, argv, spelling.letters, spelling.names, NULL);
        if (found == -1) {
            break;
        }
        if (row_of(found) == NULL) {
            cli_complain(output, "try '%s --help'", argv[0]);
            return CLI_PARSED_WRONG;
        }
        parsed = take(row_of(found), options, argv[0], output);
        if (parsed != CLI_PARSED) {
            return parsed;
        }
    }
    for (int i = optind; i < argc; i++) {
        append(&options->operands, argv[i]);
    }
    output->is_quiet = options->is_quiet;
    return CLI_PARSED;
}

void cli_options_dispose(struct cli_options *options)
{
    free(options->operands.items);
    free(options->params.items);
    free(options->images.items);
    free(options->fallbacks.items);
}

void cli_options_print_help(enum cli_command command, FILE *file)
{
    fputs("\nOptions:\n", file);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
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
