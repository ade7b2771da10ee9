/* SPDX-License-Identifier: MIT */
/* Rewords messages of the library for users of the command, who know options
 * and arguments instead of fields. */
#include "cli/wording.h"

#include "cli/count.h"
#include "cli/option_table.h"
#include "cli/param_fields.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct term {
    const char *field;
    const char *words;
    bool is_plain; /* an English word too: a field only at the start */
};

/* What some commands call a field. */
static const struct {
    unsigned commands;
    struct term term;
} OWN_TERMS[] = {
    {CLI_INVOKE | CLI_DESCRIBE, {"slug", "SLUG", true}},
    {CLI_INVOKE, {"path", "PATH", true}},
    {CLI_INVOKE, {"url", "URL", true}},
    {CLI_INVOKE, {"chute_id", "ID", false}},
    {CLI_INVOKE, {"json", "--data", false}},
    {CLI_USAGE, {"chute_id", "CHUTE_ID", false}},
    {CLI_LIST, {"name", "--name", true}},
    {CLI_LIST, {"template", "--template", true}},
    {CLI_RERANK, {"query", "QUERY", true}},
    {CLI_RERANK, {"documents", "text", true}},
    {CLI_TRANSCRIBE, {"bytes", "FILE", true}},
    {CLI_DEPLOY, {"code", "FILE", true}},
    {CLI_DEPLOY, {"template_name", "-p template", false}},
    {CLI_DEPLOY, {"engine_args_json", "-p engine_args", false}},
    {CLI_DEPLOY, {"cords_json", "-p cords", false}},
    {CLI_DEPLOY, {"is_public", "-p public", false}},
    {CLI_TEXT, {"on_event", "a stream (see --no-stream)", false}},
};

/* What all other commands that have the option call it. Limits that have no
 * option are named by what they limit. */
static const struct term TERMS[] = {
    {"model", "--model", true},
    {"proxy", "--proxy", true},
    {"auth", "--auth", true},
    {"input", "text", true},
    {"images", "--input", true},
    {"dimensions", "--dimensions", true},
    {"input_type", "--input-type", false},
    {"slug", "--chute", true},
    {"path", "--path", true},
    {"top_n", "--top", false},
    {"headers", "--header", true},
    {"parts", "--form", true},
    {"method", "--method", true},
    {"start_date", "--since", false},
    {"end_date", "--until", false},
    {"limit", "--limit", true},
    {"accept", "--accept", true},
    {"format", "--format", true},
    {"on_event", "--stream", false},
    {"content_type", "--content-type", false},
    {"wrap_args", "--wrap-args", false},
    {"body_path", "the file of --data", false},
    {"output_path", "--output", false},
    {"extra_json", "-p", false},
    {"fallback_models", "--fallback", false},
    {"max_batch_inputs", "--batch", false},
    {"api_key", "CHUTES_API_KEY", false},
    {"base_url", "--base-url", false},
    {"embeddings_base_url", "--base-url", false},
    {"ca_file", "--ca-file", false},
    {"client_cert", "--client-cert", false},
    {"client_key", "--client-key", false},
    {"unix_socket", "--unix-socket", false},
    {"allow_insecure_http", "--insecure-http", false},
    {"retry_policy", "--retry-policy", false},
    {"max_attempts", "--retries", false},
    {"max_rounds", "--max-rounds", false},
    {"max_cost_usd", "--max-cost", false},
    {"total_timeout_ms", "--timeout", false},
    {"connect_timeout_ms", "the limit for connecting", false},
    {"first_byte_timeout_ms", "the limit for the first byte", false},
    {"idle_timeout_ms", "the limit between bytes", false},
    {"progress_timeout_ms", "the limit between events", false},
    {"max_retry_wait_ms", "the longest wait for a retry", false},
    {"max_header_bytes", "the limit for headers", false},
    {"max_response_bytes", "the limit for an answer", false},
    {"max_stream_bytes", "the limit for a streamed answer", false},
    {"max_line_bytes", "the limit for a line", false},
    {"max_event_bytes", "the limit for an event", false},
    {"max_error_bytes", "the limit for an error", false},
    {"max_request_bytes", "the limit for a request", false},
    {"max_json_depth", "the limit for nesting", false},
    {"max_tool_calls", "the limit for tool calls", false},
    {"max_choices", "the limit for choices", false},
};

/* Pointers and lengths are nothing that a command has. */
static const struct {
    const char *phrase;
    const char *words;
} PHRASES[] = {
    {"must not be NULL or empty", "must not be empty"},
    {"image_len must be the length of image", "--input must not be empty"},
    {"len must be the length of bytes", "bytes must not be empty"},
    {"template_name or image", "-p template or -p image"},
    {"excludes json and body", "excludes --data"},
    {"content_type needs body", "--content-type needs --data"},
    {"json, body, body_path, read_body and parts exclude each other",
     "--data excludes --form"},
    {"must not be NULL", "must be given"},
    {"must be NULL", "must not be given"},
};

/* The parameters of `deploy` that are called like their fields. */
static const char *const DEPLOY_KEYS[] = {
    "image",         "filename",          "ref_str",
    "name",          "tagline",           "readme",
    "revision",      "include",           "exclude",
    "gpu_count",     "concurrency",       "min_vram_gb_per_gpu",
    "max_instances", "scaling_threshold", "shutdown_after_seconds",
    "tee",
};

static unsigned current; /* the command that runs */

/* The hints that follow this say what to do about it. */
static const char NO_KEY[] = "no API key";

struct text {
    char *to;
    size_t len;
};

static void append(struct text *text, const char *bytes, size_t len)
{
    size_t room = CLI_WORDING_SIZE - 1 - text->len;

    len = len < room ? len : room;
    memcpy(text->to + text->len, bytes, len);
    text->len += len;
    text->to[text->len] = '\0';
}

static void append_text(struct text *text, const char *bytes)
{
    append(text, bytes, strlen(bytes));
}

static bool is_word(const char *name, const char *word, size_t len)
{
    return strlen(name) == len && memcmp(name, word, len) == 0;
}

static bool has_key(const struct cli_param_table *table, const char *word,
                    size_t len)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_word(table->fields[i].key, word, len)) {
            return true;
        }
    }
    return false;
}

static bool is_deploy_key(const char *word, size_t len)
{
    for (size_t i = 0; i < CLI_COUNT(DEPLOY_KEYS); i++) {
        if (is_word(DEPLOY_KEYS[i], word, len)) {
            return true;
        }
    }
    return false;
}

/* Does -p of the command set this field? */
static bool is_param(const char *word, size_t len)
{
    const struct cli_param_table *table =
        cli_param_table_of((enum cli_command)current);

    if (current == CLI_DEPLOY) {
        return is_deploy_key(word, len);
    }
    return table != NULL && has_key(table, word, len);
}

/* Is the option that is named in these words, if any, one of the command? */
static bool names_own_option(const char *words)
{
    const char *name = strstr(words, "--");
    size_t len;

    name = name != NULL ? name + 2 : words[0] == '-' ? "param" : NULL;
    if (name == NULL) {
        return true;
    }
    len = strcspn(name, " )");
    for (size_t i = 0; i < cli_option_row_count; i++) {
        if ((cli_option_rows[i].commands & current) != 0 &&
            is_word(cli_option_rows[i].name, name, len)) {
            return true;
        }
    }
    return false;
}

static bool is_term(const struct term *term, const char *word, size_t len,
                    bool is_first)
{
    return (is_first || !term->is_plain) && is_word(term->field, word, len);
}

/* Returns what to write instead of a field; NULL: the word is none. */
static const char *find_words(const char *word, size_t len, bool is_first)
{
    for (size_t i = 0; i < CLI_COUNT(OWN_TERMS); i++) {
        if ((OWN_TERMS[i].commands & current) != 0 &&
            is_term(&OWN_TERMS[i].term, word, len, is_first)) {
            return OWN_TERMS[i].term.words;
        }
    }
    for (size_t i = 0; i < CLI_COUNT(TERMS); i++) {
        if (is_term(&TERMS[i], word, len, is_first) &&
            names_own_option(TERMS[i].words)) {
            return TERMS[i].words;
        }
    }
    return NULL;
}

static void append_word(struct text *text, const char *word, size_t len)
{
    bool is_first = text->len == 0;
    const char *words = find_words(word, len, is_first);

    if (words != NULL) {
        append_text(text, words);
        return;
    }
    if (is_first && is_param(word, len)) {
        append_text(text, "-p ");
    }
    append(text, word, len);
}

/* Replaces "messages[1].content" and the like by the option it came from. */
static const char *append_message_path(struct text *text, const char *message)
{
    size_t len = strcspn(message, " ");

    if (strncmp(message, "messages[", strlen("messages[")) != 0) {
        return message;
    }
    /* Only the path of a part, such as "messages[1].parts[0].url", has a p. */
    append_text(text, memchr(message, 'p', len) != NULL
                          ? "the prompt or --image"
                          : "the prompt or --system");
    return message + len;
}

/* Replaces a phrase. Returns what follows it. */
static const char *append_phrase(struct text *text, const char *at)
{
    for (size_t i = 0; i < CLI_COUNT(PHRASES); i++) {
        size_t len = strlen(PHRASES[i].phrase);

        if (strncmp(at, PHRASES[i].phrase, len) == 0) {
            append_text(text, PHRASES[i].words);
            return at + len;
        }
    }
    return at;
}

/* Did the library write the message, and not the server? */
static bool is_ours(const chutes_error *error)
{
    return error->status == CHUTES_ERR_INVALID_ARGUMENT ||
           error->status == CHUTES_ERR_CONNECT ||
           error->status == CHUTES_ERR_TLS ||
           error->status == CHUTES_ERR_TIMEOUT ||
           error->status == CHUTES_ERR_TOO_LARGE ||
           error->status == CHUTES_ERR_FILE ||
           /* These two may also be an answer of the server or a proxy. */
           (error->http_status == 0 && (error->status == CHUTES_ERR_CONFIG ||
                                        error->status == CHUTES_ERR_QUOTA));
}

void cli_wording_use(enum cli_command command)
{
    current = command;
}

void cli_wording_of(const chutes_error *error, char text[CLI_WORDING_SIZE])
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyz_"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    struct text out = {text, 0};
    const char *at = error->message;

    text[0] = '\0';
    if (!is_ours(error)) {
        append_text(&out, at);
        return;
    }
    if (strncmp(at, NO_KEY, strlen(NO_KEY)) == 0) {
        append_text(&out, NO_KEY);
        return;
    }
    if (strncmp(at, "chat.", strlen("chat.")) == 0) {
        at += strlen("chat."); /* the tool runner writes "chat.n must be 1" */
    }
    at = append_message_path(&out, at);
    while (*at != '\0') {
        size_t len;

        at = append_phrase(&out, at);
        len = strspn(at, word);
        append_word(&out, at, len);
        at += len;
        len = strcspn(at, word);
        append(&out, at, len);
        at += len;
    }
}
