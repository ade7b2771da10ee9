/* SPDX-License-Identifier: MIT */
/*
 * Print the balance and the latest usage: account [BASE-URL]
 *
 * Environment: CHUTES_API_KEY, a key with admin rights. BASE-URL is for tests.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

static void print_account(const chutes_account *account)
{
    if (account->user.status != CHUTES_OK) {
        printf("user: %s\n",
               account->user.message); /* but print the other parts */
    } else {
        printf("%s has %.2f USD\n", account->username, account->balance_usd);
    }
    if (account->has_subscription != 0) {
        printf("%.2f of %.2f USD used this month\n", account->month.usage_usd,
               account->month.cap_usd);
    }
}

static void print_usage(const chutes_usage_page *page)
{
    for (size_t i = 0; i < page->bucket_count; i++) {
        const chutes_usage_bucket *bucket = page->buckets[i];

        printf("%s: %lld requests, %.4f USD\n", bucket->bucket,
               (long long)bucket->count, bucket->amount_usd);
    }
}

static int show(chutes_client *client, const char *base)
{
    chutes_account_params account_params = chutes_account_params_default();
    chutes_usage_params usage_params = chutes_usage_params_default();
    chutes_account *account = NULL;
    chutes_usage_page *page = NULL;
    chutes_error error;

    account_params.base_url = base;
    usage_params.base_url = base;
    usage_params.limit = 10;
    if (chutes_account_get(client, &account_params, &account, &error) ==
            CHUTES_OK &&
        chutes_usage_list(client, &usage_params, &page, &error) == CHUTES_OK) {
        print_account(account);
        print_usage(page);
    } else {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
    }
    chutes_account_free(account);
    chutes_usage_page_free(page);
    return error.status == CHUTES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    chutes_client *client = NULL;
    chutes_error error;
    int code;

    if (chutes_client_new(NULL, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    code = show(client, argc > 1 ? argv[1] : NULL);
    chutes_client_free(client);
    return code;
}
