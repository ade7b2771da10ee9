/* SPDX-License-Identifier: MIT */
/* The command `account`: the balance, and what the subscription allows. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/count.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

struct part {
    const char *name;
    const chutes_account_part *part;
};

/* Lists the parts in the order in which they are printed. */
static void list_parts(const chutes_account *account, struct part parts[4])
{
    parts[0] = (struct part){"user", &account->user};
    parts[1] = (struct part){"subscription", &account->subscription};
    parts[2] = (struct part){"quotas", &account->quotas};
    parts[3] = (struct part){"discounts", &account->discounts};
}

/* ---- JSON ---------------------------------------------------------------- */

/* Prints each part as the server sent it, or why it is missing. */
static void print_object(FILE *file, const struct part *parts, size_t count)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    for (size_t i = 0; i < count; i++) {
        const chutes_account_part *part = parts[i].part;

        cli_json_key(&json, parts[i].name);
        cli_json_open(&json, '{');
        cli_json_key(&json, "status");
        cli_json_text(&json, chutes_status_name(part->status));
        cli_json_key(&json, "http_status");
        cli_json_integer(&json, part->http_status);
        cli_json_key(&json, "message");
        cli_json_text(&json, part->message);
        cli_json_key(&json, "answer");
        cli_json_raw(&json, part->raw_json, part->raw_len);
        cli_json_close(&json, '}');
    }
    cli_json_close(&json, '}');
    fputs("\n", file);
}

/* ---- text ---------------------------------------------------------------- */

static void print_usd(FILE *file, double usd)
{
    if (usd < 0) {
        fputs("?", file);
    } else {
        fprintf(file, "$%.2f", usd);
    }
}

static void print_cap(FILE *file, const char *name,
                      const chutes_account_cap *cap)
{
    time_t seconds = (time_t)cap->reset_at;
    char date[64];
    struct tm utc;

    fprintf(file, "  %-11s", name);
    print_usd(file, cap->usage_usd);
    fputs(" of ", file);
    print_usd(file, cap->cap_usd);
    if (cap->reset_at >= 0 && gmtime_r(&seconds, &utc) != NULL &&
        strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &utc) > 0) {
        fprintf(file, ", until %s", date);
    }
    fputs("\n", file);
}

static void print_subscription(FILE *file, const chutes_account *account)
{
    if (account->has_subscription == 0) {
        fputs("subscription none\n", file);
        return;
    }
    fputs("subscription ", file);
    print_usd(file, account->monthly_price_usd);
    fputs(" a month\n", file);
    print_cap(file, "4 hours", &account->four_hours);
    print_cap(file, "month", &account->month);
}

static void print_rules(FILE *file, const char *name,
                        const chutes_account_rule *const *rules, size_t count)
{
    struct cli_json number = {file, false};

    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%-13s", name);
        number.needs_comma = false;
        cli_json_double(&number, rules[i]->value);
        fprintf(file, " %s\n", rules[i]->chute_id);
    }
}

static void print_account(FILE *file, const chutes_account *account)
{
    if (account->user.status == CHUTES_OK) {
        fprintf(file, "user         %s (%s)\n", account->username,
                account->user_id);
    }
    if (account->has_balance != 0) {
        fprintf(file, "balance      %s$%.2f\n",
                account->balance_usd < 0 ? "-" : "",
                account->balance_usd < 0 ? -account->balance_usd
                                         : account->balance_usd);
    }
    if (account->subscription.status == CHUTES_OK) {
        print_subscription(file, account);
    }
    print_rules(file, "quota", account->quota_rules, account->quota_rule_count);
    print_rules(file, "discount", account->discount_rules,
                account->discount_rule_count);
}

static void print_text(struct cli_output *output, const chutes_account *account,
                       const struct part *parts, size_t count)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    print_account(file, account);
    fclose(file);
    cli_write(&output->answer, text, len);
    free(text);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].part->status != CHUTES_OK) {
            cli_note(output, "%s: %s (HTTP %d)", parts[i].name,
                     parts[i].part->message, parts[i].part->http_status);
        }
    }
}

/* ---- the command --------------------------------------------------------- */

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_account *account, const chutes_error *error)
{
    struct part parts[4];

    if (account == NULL) {
        cli_show_failure(options, output, error);
        return;
    }
    list_parts(account, parts);
    if (options->is_json) {
        print_object(output->answer.file, parts, CLI_COUNT(parts));
    } else {
        print_text(output, account, parts, CLI_COUNT(parts));
    }
}

int cli_account(const struct cli_options *options, struct cli_output *output)
{
    chutes_account_params params = chutes_account_params_default();
    chutes_account *account = NULL;
    chutes_client *client;
    chutes_error error;

    if (options->operands.count > 0) {
        cli_refuse(output, "account takes no arguments");
        return CLI_EXIT_USAGE;
    }
    params.base_url = options->base_url;
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_account_get(client, &params, &account, &error);
    }
    cli_disconnect(client);
    show(options, output, account, &error);
    chutes_account_free(account);
    return cli_exit_of(error.status, &error, NULL);
}
