/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OPTIONS_H
#define CHUTES_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "mock/demo.h"

/* The commands, as bits: an option names all commands that have it. */
enum cli_command {
    CLI_CHAT = 1 << 0,
    CLI_EMBED = 1 << 1,
    CLI_MODELS = 1 << 2,
    CLI_DEMO = 1 << 3,
    CLI_MOCK = 1 << 4,
    CLI_VERSION = 1 << 5,
    CLI_HELP = 1 << 6,
    CLI_INVOKE = 1 << 7,
    CLI_RERANK = 1 << 8,
    CLI_CLASSIFY = 1 << 9,
    CLI_TOKENIZE = 1 << 10,
    CLI_DESCRIBE = 1 << 11,
    CLI_IMAGE = 1 << 12,
    CLI_SPEAK = 1 << 13,
    CLI_COMPLETE = 1 << 14,
    CLI_TRANSCRIBE = 1 << 15,
    CLI_ACCOUNT = 1 << 16,
    CLI_USAGE = 1 << 17,
    CLI_VIDEO = 1 << 18,
    CLI_WARMUP = 1 << 19,
    CLI_DEPLOY = 1 << 20,
    CLI_ALIASES = 1 << 21,
    CLI_LIST = 1 << 22,
    CLI_CODE = 1 << 23,
    /* Those that call an endpoint of an engine. */
    CLI_ENGINE = CLI_RERANK | CLI_CLASSIFY | CLI_TOKENIZE,
    /* Those that make a file. */
    CLI_MEDIA = CLI_IMAGE | CLI_SPEAK | CLI_VIDEO,
    /* Those that call Chutes' management API. */
    CLI_PLATFORM = CLI_ACCOUNT | CLI_USAGE | CLI_WARMUP | CLI_DEPLOY |
                   CLI_ALIASES | CLI_LIST | CLI_CODE,
    /* Those that call a server. */
    CLI_CALLS = CLI_CHAT | CLI_EMBED | CLI_MODELS | CLI_INVOKE | CLI_ENGINE |
                CLI_MEDIA | CLI_DESCRIBE | CLI_COMPLETE | CLI_TRANSCRIBE |
                CLI_PLATFORM,
    /* Those whose answer is a text. */
    CLI_TEXT = CLI_CHAT | CLI_COMPLETE
};

/* Texts in the order given. */
struct cli_list {
    const char **items;
    size_t count;
};

/* The list has room for all of argv. */
static inline void cli_list_append(struct cli_list *list, const char *text)
{
    list->items[list->count] = text;
    list->count++;
}

/* The parsed command line. The texts point into argv. */
struct cli_options {
    struct cli_list operands;
    struct cli_list params;    /* -p */
    struct cli_list images;    /* those that chat shows, image changes and
                                  embed embeds */
    struct cli_list fallbacks; /* models */
    struct cli_list tools;     /* programs that the model may call */
    struct cli_list headers;   /* for invoke, as "Name: value" */
    struct cli_list form;      /* for invoke, as "name=value" */
    const char *model;
    const char *system;
    const char *schema; /* a file or a short form */
    const char *data;   /* for invoke, like those up to `accept` */
    const char *method; /* NULL: POST, or GET without `data` */
    const char *output; /* a file; NULL: standard output */
    const char *content_type;
    const char *accept;
    const char *chute; /* a slug */
    const char *path;
    const char *format; /* for a transcript */
    const char *since;  /* for usage, like the next one and is_per_chute */
    const char *until;
    int64_t page;  /* for usage and list, from 1; CHUTES_UNSET: not given */
    int64_t limit; /* likewise */
    const char *template_name; /* for list, like lists_own */
    const char *instruct;      /* for embed, like the next one */
    const char *input_type;
    const char *base_url;
    const char *ca_file;
    const char *client_cert;
    const char *client_key;
    const char *unix_socket;
    const char *proxy;
    const char *trace; /* a file for spans */
    chutes_auth auth;
    int64_t timeout_ms;      /* CHUTES_UNSET: not given */
    int64_t dimensions;      /* likewise */
    int64_t batch;           /* likewise */
    int64_t top;             /* likewise */
    int64_t max_rounds;      /* likewise */
    int64_t tool_timeout_ms; /* 0: none */
    int retries;             /* likewise */
    chutes_retry_policy retry_policy;
    int verbosity;
    bool is_json;
    bool shows_raw;   /* implies is_json and is_whole */
    bool is_whole;    /* --no-stream */
    bool is_streamed; /* for a transcript */
    bool ignores_stdin;
    bool omits_key;
    bool is_quiet;
    bool hides_reasoning;
    bool shows_usage;
    bool traces_content; /* prompts and answers, too */
    double max_cost_usd; /* CHUTES_UNSET: no limit */
    bool says_yes;       /* tools run unasked */
    bool asks_base64;
    bool takes_tokens; /* for embed: each text lists token ids */
    bool sends_chats;  /* likewise: each text or image is a chat */
    bool keeps_going;
    bool allows_insecure_http;
    bool wraps_args; /* for invoke, like the next two */
    bool sends_key;
    bool waits;
    bool shows_image;
    bool is_dry_run; /* for deploy, like the next one */
    bool accepts_fee;
    bool deletes; /* for aliases */
    bool is_per_chute;
    bool lists_own;

    chutes_model_filter filter;
    struct cli_list features; /* for the filter */
    bool wants_tee;           /* likewise */
    bool wants_litellm_info;

    struct mock_demo_options mock;
    const char *script; /* for the mock; NULL: the demo model */
};

#endif
