/* SPDX-License-Identifier: MIT */
/* The parameters that -p knows, and the keys that other servers accept. */
#include "cli/param_fields.h"

#include "cli/count.h"
#include "cli/suggest.h"

#include <chutes/chutes.h>

#include <string.h>

#define FIELD(name) offsetof(chutes_chat_params, name)

static const struct cli_param_field CHAT[] = {
    {"temperature", CLI_PARAM_NUMBER, 0, FIELD(temperature)},
    {"top_p", CLI_PARAM_NUMBER, 0, FIELD(top_p)},
    {"min_p", CLI_PARAM_NUMBER, 0, FIELD(min_p)},
    {"frequency_penalty", CLI_PARAM_NUMBER, 0, FIELD(frequency_penalty)},
    {"presence_penalty", CLI_PARAM_NUMBER, 0, FIELD(presence_penalty)},
    {"repetition_penalty", CLI_PARAM_NUMBER, 0, FIELD(repetition_penalty)},
    {"max_tokens", CLI_PARAM_INTEGER, 0, FIELD(max_tokens)},
    {"max_completion_tokens", CLI_PARAM_INTEGER, 0,
     FIELD(max_completion_tokens)},
    {"seed", CLI_PARAM_INTEGER, 0, FIELD(seed)},
    {"top_k", CLI_PARAM_INTEGER, 0, FIELD(top_k)},
    {"n", CLI_PARAM_SMALL, 0, FIELD(n)},
    {"logprobs", CLI_PARAM_SWITCH, 0, FIELD(logprobs)},
    {"top_logprobs", CLI_PARAM_SMALL, 0, FIELD(top_logprobs)},
    {"parallel_tool_calls", CLI_PARAM_SWITCH, 0, FIELD(parallel_tool_calls)},
    {"include_usage", CLI_PARAM_SWITCH, 0, FIELD(include_usage)},
    {"stop", CLI_PARAM_STOP, '[', 0},
    {"response_format", CLI_PARAM_TEXT, '{', FIELD(response_format)},
    {"json_schema", CLI_PARAM_JSON, 0, FIELD(json_schema)},
    {"json_schema_name", CLI_PARAM_TEXT, 0, FIELD(json_schema_name)},
    {"json_schema_strict", CLI_PARAM_SWITCH, 0, FIELD(json_schema_strict)},
    {"user", CLI_PARAM_TEXT, 0, FIELD(user)},
    {"reasoning_effort", CLI_PARAM_TEXT, 0, FIELD(reasoning_effort)},
    {"chat_template_kwargs", CLI_PARAM_JSON, 0, FIELD(chat_template_kwargs)},
    {"reasoning_tags", CLI_PARAM_SMALL, 0, FIELD(reasoning_tags)},
    {"thinking", CLI_PARAM_SWITCH, '{', FIELD(thinking)},
    {"thinking_token_budget", CLI_PARAM_INTEGER, 0,
     FIELD(thinking_token_budget)},
    {"include_reasoning", CLI_PARAM_SWITCH, 0, FIELD(include_reasoning)},
    {"verbosity", CLI_PARAM_TEXT, 0, FIELD(verbosity)},
    {"structured_regex", CLI_PARAM_TEXT, 0, FIELD(structured_regex)},
    {"structured_grammar", CLI_PARAM_TEXT, 0, FIELD(structured_grammar)},
    {"structural_tag", CLI_PARAM_JSON, 0, FIELD(structural_tag)},
    {"min_tokens", CLI_PARAM_INTEGER, 0, FIELD(min_tokens)},
    {"ignore_eos", CLI_PARAM_SWITCH, 0, FIELD(ignore_eos)},
    {"skip_special_tokens", CLI_PARAM_SWITCH, 0, FIELD(skip_special_tokens)},
    {"continue_final_message", CLI_PARAM_SWITCH, 0,
     FIELD(continue_final_message)},
    {"add_generation_prompt", CLI_PARAM_SWITCH, 0,
     FIELD(add_generation_prompt)},
    {"prompt_logprobs", CLI_PARAM_SMALL, 0, FIELD(prompt_logprobs)},
    {"return_token_ids", CLI_PARAM_SWITCH, 0, FIELD(return_token_ids)},
    {"continuous_usage_stats", CLI_PARAM_SWITCH, 0,
     FIELD(continuous_usage_stats)},
    {"include_obfuscation", CLI_PARAM_SWITCH, 0, FIELD(include_obfuscation)},
    {"priority", CLI_PARAM_INTEGER, 0, FIELD(priority)},
    {"service_tier", CLI_PARAM_TEXT, 0, FIELD(service_tier)},
    {"store", CLI_PARAM_SWITCH, 0, FIELD(store)},
    {"metadata", CLI_PARAM_JSON, 0, FIELD(metadata)},
    {"safety_identifier", CLI_PARAM_TEXT, 0, FIELD(safety_identifier)},
    {"prompt_cache_key", CLI_PARAM_TEXT, 0, FIELD(prompt_cache_key)},
    {"cache_salt", CLI_PARAM_TEXT, 0, FIELD(cache_salt)},
    {"request_id", CLI_PARAM_TEXT, 0, FIELD(request_id)},
    {"session_id", CLI_PARAM_TEXT, 0, FIELD(session_id)},
    {"prediction", CLI_PARAM_JSON, 0, FIELD(prediction)},
    {"audio", CLI_PARAM_JSON, 0, FIELD(audio)},
    {"web_search_options", CLI_PARAM_JSON, 0, FIELD(web_search_options)},
    {"tee_only", CLI_PARAM_SWITCH, 0, FIELD(tee_only)},
    {"skip_validation", CLI_PARAM_SWITCH, 0, FIELD(skip_validation)},
};

#undef FIELD
#define FIELD(name) offsetof(chutes_complete_params, name)

static const struct cli_param_field COMPLETE[] = {
    {"temperature", CLI_PARAM_NUMBER, 0, FIELD(temperature)},
    {"top_p", CLI_PARAM_NUMBER, 0, FIELD(top_p)},
    {"min_p", CLI_PARAM_NUMBER, 0, FIELD(min_p)},
    {"frequency_penalty", CLI_PARAM_NUMBER, 0, FIELD(frequency_penalty)},
    {"presence_penalty", CLI_PARAM_NUMBER, 0, FIELD(presence_penalty)},
    {"repetition_penalty", CLI_PARAM_NUMBER, 0, FIELD(repetition_penalty)},
    {"max_tokens", CLI_PARAM_INTEGER, 0, FIELD(max_tokens)},
    {"min_tokens", CLI_PARAM_INTEGER, 0, FIELD(min_tokens)},
    {"seed", CLI_PARAM_INTEGER, 0, FIELD(seed)},
    {"top_k", CLI_PARAM_INTEGER, 0, FIELD(top_k)},
    {"n", CLI_PARAM_SMALL, 0, FIELD(n)},
    {"best_of", CLI_PARAM_SMALL, 0, FIELD(best_of)},
    {"logprobs", CLI_PARAM_SMALL, 0, FIELD(logprobs)},
    {"echo", CLI_PARAM_SWITCH, 0, FIELD(echo)},
    {"suffix", CLI_PARAM_TEXT, 0, FIELD(suffix)},
    {"stop", CLI_PARAM_STOP, '[', 0},
    {"include_usage", CLI_PARAM_SWITCH, 0, FIELD(include_usage)},
    {"ignore_eos", CLI_PARAM_SWITCH, 0, FIELD(ignore_eos)},
    {"skip_special_tokens", CLI_PARAM_SWITCH, 0, FIELD(skip_special_tokens)},
    {"add_special_tokens", CLI_PARAM_SWITCH, 0, FIELD(add_special_tokens)},
    {"return_token_ids", CLI_PARAM_SWITCH, 0, FIELD(return_token_ids)},
    {"reasoning_tags", CLI_PARAM_SMALL, 0, FIELD(reasoning_tags)},
    {"user", CLI_PARAM_TEXT, 0, FIELD(user)},
    {"skip_validation", CLI_PARAM_SWITCH, 0, FIELD(skip_validation)},
};

const struct cli_param_table cli_chat_fields = {CHAT, CLI_COUNT(CHAT)};
const struct cli_param_table cli_complete_fields = {COMPLETE,
                                                    CLI_COUNT(COMPLETE)};

/* Keys that engines and gateways accept too. Some resemble ours, but are not
 * mistyped. */
static const char *const OTHERS[] = {
    "allowed_token_ids",
    "bad_words",
    "best_of",
    "detokenize",
    "dry_multiplier",
    "echo",
    "ebnf",
    "functions",
    "guided_choice",
    "guided_grammar",
    "guided_json",
    "guided_regex",
    "include_stop_str_in_output",
    "length_penalty",
    "logit_bias",
    "mirostat",
    "modalities",
    "models",
    "no_stop_trim",
    "provider",
    "reasoning",
    "regex",
    "repeat_penalty",
    "rid",
    "spaces_between_special_tokens",
    "stop_regex",
    "stop_token_ids",
    "stream_options",
    "structured_outputs",
    "tfs_z",
    "tool_choice",
    "tools",
    "top_a",
    "truncate_prompt_tokens",
    "typical_p",
    "use_beam_search",
};

const struct cli_param_table *cli_param_table_of(enum cli_command command)
{
    if (command == CLI_CHAT) {
        return &cli_chat_fields;
    }
    return command == CLI_COMPLETE ? &cli_complete_fields : NULL;
}

const struct cli_param_field *
cli_param_field_find(const struct cli_param_table *table, const char *key)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(key, table->fields[i].key) == 0) {
            return &table->fields[i];
        }
    }
    return NULL;
}

const char *cli_param_suggest(const struct cli_param_table *table,
                              const char *key)
{
    struct cli_suggestion suggestion = {key, NULL, 0};

    for (size_t i = 0; i < CLI_COUNT(OTHERS); i++) {
        if (strcmp(key, OTHERS[i]) == 0) {
            return NULL;
        }
    }
    for (size_t i = 0; i < table->count; i++) {
        cli_suggest(&suggestion, table->fields[i].key);
    }
    return suggestion.name;
}

void cli_param_print_keys(const struct cli_param_table *table, FILE *file)
{
    size_t column = 0;

    for (size_t i = 0; i < table->count; i++) {
        size_t width = strlen(table->fields[i].key) + 2;

        if (column > 0 && column + width > 74) {
            fputs(",\n", file);
            column = 0;
        }
        fprintf(file, "%s%s", column == 0 ? "  " : ", ", table->fields[i].key);
        column += width;
    }
    fputs("\n", file);
}
