/* SPDX-License-Identifier: MIT */
/* Reads the quotas or the discounts of an account. */
#include "base/error.h"
#include "codec/account.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"

/* Real accounts have a handful. More could exhaust memory: a member of five
 * bytes becomes a struct and a text. */
enum { MAX_RULES = 1024 };

/* The rules, from a list of {"chute_id":ID,NAME:NUMBER}, or {ID:NUMBER,…}. */
struct rules {
    struct chutes__slice names[2]; /* members of a rule in a list */
    bool is_list;
    const chutes_account_rule **rules;
    size_t count;
};

/* Reads the id and the number of the next rule. Returns false at the end. */
static bool next_rule(const struct rules *rules,
                      struct chutes__json_reader *reader,
                      struct chutes__json_value *values)
{
    if (!rules->is_list) {
        if (!chutes__json_next_member(reader, &values[0])) {
            return false;
        }
        chutes__json_read(reader, &values[1]);
        return true;
    }
    if (!chutes__json_next_element(reader)) {
        return false;
    }
    (void)chutes__fields_read(rules->names, 2, reader, values);
    return true;
}

static chutes_status keep_rule(struct rules *rules,
                               const struct chutes__json_value *values,
                               struct chutes__arena *arena, chutes_error *error)
{
    chutes_account_rule *rule;

    if (rules->count == MAX_RULES) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "there are more than %d rules", MAX_RULES);
    }
    if (values[0].type != CHUTES__JSON_STRING) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "[%zu].chute_id: missing, or not a string",
                            rules->count);
    }
    rule = chutes__arena_alloc(arena, 1, sizeof(*rule));
    if (rule == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    if (!chutes__endpoint_to_number(&values[1], &rule->value)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "[%zu].%s: missing, or not a number", rules->count,
                            rules->names[1].data);
    }
    rules->rules[rules->count++] = rule;
    return chutes__endpoint_keep_text(&values[0], arena, &rule->chute_id,
                                      error);
}

static chutes_status read_all(struct rules *rules,
                              const struct chutes__json_value *whole,
                              struct chutes__arena *arena, chutes_error *error)
{
    struct chutes__json_value values[2];
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__json_init_lenient(&reader, whole->text.data, whole->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    if (rules->is_list) {
        chutes__json_enter_array(&reader);
    } else {
        chutes__json_enter_object(&reader);
    }
    while (status == CHUTES_OK && next_rule(rules, &reader, values)) {
        status = keep_rule(rules, values, arena, error);
    }
    return status;
}

chutes_status
chutes__account_read_rules(const struct chutes__json_value *whole,
                           const char *name, struct chutes__arena *arena,
                           const chutes_account_rule *const **kept,
                           size_t *count, chutes_error *error)
{
    struct rules rules = {
        .names = {CHUTES__FIELD("chute_id"), chutes__slice_of(name)},
        .is_list = whole->type == CHUTES__JSON_ARRAY,
    };
    chutes_status status;

    if (!rules.is_list && whole->type != CHUTES__JSON_OBJECT) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "neither a list nor an object");
    }
    rules.rules = chutes__arena_alloc(arena, MAX_RULES, sizeof(*rules.rules));
    if (rules.rules == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = read_all(&rules, whole, arena, error);
    *kept = rules.rules;
    *count = rules.count;
    return status;
}
