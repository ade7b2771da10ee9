/* SPDX-License-Identifier: MIT */
/* The command `usage` prints a page of the account's usage. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Prints a number; "-" if the server didn't send it. */
static void print_count(FILE *file, int width, int64_t count)
{
    if (count >= 0) {
        fprintf(file, "  %*" PRId64, width, count);
    } else {
        fprintf(file, "  %*s", width, "-");
    }
}

static void print_row(FILE *file, const chutes_usage_bucket *bucket)
{
    fprintf(file, "%-19s", bucket->bucket);
    print_count(file, 8, bucket->count);
    print_count(file, 12, bucket->input_tokens);
    print_count(file, 12, bucket->output_tokens);
    if (bucket->amount_usd >= 0) {
        fprintf(file, "  %10.4f", bucket->amount_usd);
    } else {
        fprintf(file, "  %10s", "-");
    }
    fprintf(file, "%s%s\n", bucket->chute_id[0] != '\0' ? "  " : "",
            bucket->chute_id);
}

static void print_table(struct cli_stream *stream,
                        const chutes_usage_page *page)
{
    char *text = NULL;
    size_t len;
    FILE *table = cli_alloc_file(&text, &len);

    fprintf(table, "%-19s  %8s  %12s  %12s  %10s\n", "TIME", "REQUESTS",
            "TOKENS IN", "TOKENS OUT", "$");
    for (size_t i = 0; i < page->bucket_count; i++) {
        print_row(table, page->buckets[i]);
    }
    fclose(table);
    cli_write(stream, text, len);
    free(text);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_usage_page *page, const chutes_error *error)
{
    if (page == NULL) {
        cli_show_failure(options, output, error);
        return;
    }
    if (options->is_json) {
        cli_write_json(&output->answer, page->raw_json, page->raw_len);
        cli_end_line(&output->answer);
    } else {
        print_table(&output->answer, page);
    }
    if (page->total > (int64_t)page->bucket_count) {
        cli_note(output, "%zu of %" PRId64 " rows; see --page and --limit",
                 page->bucket_count, page->total);
    }
}

int cli_usage(const struct cli_options *options, struct cli_output *output)
{
    chutes_usage_params params = chutes_usage_params_default();
    chutes_usage_page *page = NULL;
    chutes_client *client;
    chutes_error error;

    if (options->operands.count > 1) {
        cli_refuse(output, "usage takes one ID of a chute, or none");
        return CLI_EXIT_USAGE;
    }
    params.base_url = options->base_url;
    params.chute_id =
        options->operands.count > 0 ? options->operands.items[0] : NULL;
    params.start_date = options->since;
    params.end_date = options->until;
    params.limit = options->limit;
    params.page =
        options->page != CHUTES_UNSET ? options->page - 1 : CHUTES_UNSET;
    params.per_chute = options->is_per_chute ? 1 : 0;
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_usage_list(client, &params, &page, &error);
    }
    cli_disconnect(client);
    show(options, output, page, &error);
    chutes_usage_page_free(page);
    return cli_exit_of(error.status, &error, NULL);
}
