/* SPDX-License-Identifier: MIT */
/* The command `list` prints a page of chutes. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The last page that Chutes sends; the library counts from 0. */
enum { LAST_PAGE = 101 };

/* Prints a price, unless the server didn't send it. */
static void print_price(FILE *file, double usd, const char *unit)
{
    if (usd >= 0) {
        fprintf(file, "  $%g %s", usd, unit);
    }
}

static void print_row(FILE *file, const chutes_chute *chute, int width)
{
    fprintf(file, "%-*s  %-3s", width, chute->name,
            chute->is_hot == 1   ? "yes"
            : chute->is_hot == 0 ? "no"
                                 : "-");
    if (chute->invocation_count >= 0) {
        fprintf(file, "  %10" PRId64, chute->invocation_count);
    } else {
        fprintf(file, "  %10s", "-");
    }
    fprintf(file, "  %-9s",
            chute->standard_template[0] != '\0' ? chute->standard_template
                                                : "-");
    print_price(file, chute->input_price, "per M in");
    print_price(file, chute->output_price, "per M out");
    print_price(file, chute->usd_per_step, "per step");
    print_price(file, chute->usd_per_hour, "per hour");
    fputs("\n", file);
}

static void print_table(struct cli_stream *stream,
                        const chutes_chute_page *page)
{
    size_t width = strlen("NAME");
    char *text = NULL;
    size_t len;
    FILE *table = cli_alloc_file(&text, &len);

    for (size_t i = 0; i < page->chute_count; i++) {
        size_t name_len = strlen(page->chutes[i]->name);

        /* A single long name must not push the rest off the screen. */
        width = name_len > width && name_len < 80 ? name_len : width;
    }
    fprintf(table, "%-*s  %-3s  %10s  %-9s  %s\n", (int)width, "NAME", "HOT",
            "REQUESTS", "TEMPLATE", "PRICE");
    for (size_t i = 0; i < page->chute_count; i++) {
        print_row(table, page->chutes[i], (int)width);
    }
    fclose(table);
    cli_write(stream, text, len);
    free(text);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_chute_page *page, const chutes_error *error)
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
    if (page->total > (int64_t)page->chute_count) {
        cli_note(output, "%zu of %" PRId64 " chutes; see --page and --limit",
                 page->chute_count, page->total);
    }
}

int cli_list_chutes(const struct cli_options *options,
                    struct cli_output *output)
{
    chutes_chutes_params params = chutes_chutes_params_default();
    chutes_chute_page *page = NULL;
    chutes_client *client;
    chutes_error error;

    if (options->operands.count > 0) {
        cli_refuse(output, "list takes no arguments; see --name");
        return CLI_EXIT_USAGE;
    }
    if (options->page != CHUTES_UNSET && options->page > LAST_PAGE) {
        cli_refuse(output, "--page must be from 1 to %d", LAST_PAGE);
        return CLI_EXIT_USAGE;
    }
    params.base_url = options->base_url;
    params.template_name = options->template_name;
    params.name = options->filter.name;
    params.limit = options->limit;
    params.page =
        options->page != CHUTES_UNSET ? options->page - 1 : CHUTES_UNSET;
    params.include_public = options->lists_own ? 0 : 1;
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_chutes_list(client, &params, &page, &error);
    }
    cli_disconnect(client);
    show(options, output, page, &error);
    chutes_chute_page_free(page);
    return cli_exit_of(error.status, &error, NULL);
}
