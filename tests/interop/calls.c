/* SPDX-License-Identifier: MIT */
/*
 * Makes many chat calls on one client and counts how they ended:
 *
 *  interop_calls NAME=VALUE... url, model and prompt are required
 *
 * Prints one JSON object: calls by status, attempts, reused connections, and
 * whether all texts were the same. The names are in set_option() below.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATUSES = 64 };

struct options {
    const char *url;
    const char *model;
    const char *prompt;
    const char *ca_file;
    const char *proxy;
    const char *api_key;
    long count;
    long parallel;  /* calls in progress at a time; 0: chutes_chat() */
    long gap_us;    /* between two calls, with parallel=0 */
    long is_stream; /* stream=0: whole answers */
    long max_tokens;
    long http_version;
    long cancel_after; /* events after which to cancel; 0: never */
};

struct run {
    const struct options *options;
    chutes_client *client;
    long by_status[STATUSES];
    long attempts;
    long reused;
    long done;
    long different; /* texts that are not the first one */
    char *text;     /* the first one */
    chutes_error first_error;
};

struct call {
    struct run *run;
    long events;
};

static int set_option(struct options *options, const char *name, char *value)
{
    const struct {
        const char *name;
        const char **text;
        long *number;
    } known[] = {
        {"url", &options->url, NULL},
        {"model", &options->model, NULL},
        {"prompt", &options->prompt, NULL},
        {"ca_file", &options->ca_file, NULL},
        {"proxy", &options->proxy, NULL},
        {"api_key", &options->api_key, NULL},
        {"count", NULL, &options->count},
        {"parallel", NULL, &options->parallel},
        {"gap_us", NULL, &options->gap_us},
        {"stream", NULL, &options->is_stream},
        {"max_tokens", NULL, &options->max_tokens},
        {"http_version", NULL, &options->http_version},
        {"cancel_after", NULL, &options->cancel_after},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, name) != 0) {
            continue;
        }
        if (known[i].text != NULL) {
            *known[i].text = value;
        } else {
            *known[i].number = strtol(value, NULL, 10);
        }
        return 0;
    }
    return -1;
}

static int read_options(struct options *options, int argc, char **argv)
{
    memset(options, 0, sizeof(*options));
    options->count = 1;
    options->is_stream = 1;
    options->max_tokens = CHUTES_UNSET;
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');

        if (equals == NULL) {
            return -1;
        }
        *equals = '\0';
        if (set_option(options, argv[i], equals + 1) != 0) {
            return -1;
        }
    }
    return options->url && options->model && options->prompt ? 0 : -1;
}

static void count_attempt(const chutes_attempt *attempt, void *user_data)
{
    struct run *run = user_data;

    (void)attempt;
    run->attempts++;
}

static int count_event(const chutes_chat_event *event, void *user_data)
{
    struct call *call = user_data;
    const long limit = call->run->options->cancel_after;

    (void)event;
    call->events++;
    return limit > 0 && call->events >= limit;
}

static void compare_text(struct run *run, const char *text)
{
    if (run->text == NULL) {
        run->text = malloc(strlen(text) + 1);
        if (run->text != NULL) {
            memcpy(run->text, text, strlen(text) + 1);
        }
    } else if (strcmp(run->text, text) != 0) {
        run->different++;
    }
}

static void count_call(chutes_status status, chutes_chat_response *response,
                       const chutes_error *error, void *user_data)
{
    struct call *call = user_data;
    struct run *run = call->run;

    run->done++;
    run->by_status[(int)status % STATUSES]++;
    if (status == CHUTES_OK) {
        run->reused += response->info->connection_reused;
        compare_text(run, chutes_chat_response_text(response));
    } else if (run->first_error.status == CHUTES_OK) {
        run->first_error = *error;
    }
    chutes_chat_response_free(response);
}

static void set_params(chutes_chat_params *params, chutes_message *message,
                       struct call *call)
{
    const struct options *options = call->run->options;

    *params = chutes_chat_params_default();
    *message = chutes_user(options->prompt);
    params->model = options->model;
    params->messages = message;
    params->message_count = 1;
    params->max_tokens = options->max_tokens;
    params->on_event = options->is_stream ? count_event : NULL;
    params->user_data = call;
}

static void wait_us(long us)
{
    const struct timespec time = {us / 1000000, us % 1000000 * 1000};

    if (us > 0) {
        nanosleep(&time, NULL);
    }
}

static void make_blocking_calls(struct run *run)
{
    for (long i = 0; i < run->options->count; i++) {
        struct call call = {run, 0};
        chutes_chat_params params;
        chutes_chat_response *response = NULL;
        chutes_message message;
        chutes_error error;
        chutes_status status;

        wait_us(i > 0 ? run->options->gap_us : 0);
        set_params(&params, &message, &call);
        status = chutes_chat(run->client, &params, &response, &error);
        count_call(status, response, &error, &call);
    }
}

static int make_calls_on_loop(struct run *run, chutes_error *error)
{
    const struct options *options = run->options;
    struct call *calls = calloc((size_t)options->count, sizeof(*calls));
    chutes_loop *loop = NULL;
    long started = 0;
    int result = -1;

    if (calls == NULL || chutes_loop_new(run->client, &loop, error)) {
        goto cleanup;
    }
    while (run->done < options->count) {
        while (started < options->count &&
               started - run->done < options->parallel) {
            chutes_chat_params params;
            chutes_message message;

            calls[started].run = run;
            set_params(&params, &message, &calls[started]);
            if (chutes_chat_start(loop, &params, count_call, &calls[started],
                                  NULL, error)) {
                goto cleanup;
            }
            started++;
        }
        if (chutes_loop_poll(loop, -1)) {
            goto cleanup;
        }
    }
    result = 0;
cleanup:
    chutes_loop_free(loop);
    free(calls);
    return result;
}

static void print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;

        if (byte < 0x20 || byte == '"' || byte == '\\') {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

static void print_counts(const struct run *run)
{
    const char *separator = "";

    printf("{\"statuses\":{");
    for (int status = 0; status < STATUSES; status++) {
        if (run->by_status[status] > 0) {
            printf("%s\"%s\":%ld", separator,
                   chutes_status_name((chutes_status)status),
                   run->by_status[status]);
            separator = ",";
        }
    }
    printf("},\"attempts\":%ld,\"reused\":%ld,\"different\":%ld,\"text\":",
           run->attempts, run->reused, run->different);
    print_string(run->text != NULL ? run->text : "");
    printf(",\"first_error\":");
    print_string(run->first_error.message);
    printf("}\n");
}

int main(int argc, char **argv)
{
    struct options options;
    struct run run;
    chutes_client_options client = chutes_client_options_default();
    chutes_error error = {0};
    int result = 0;

    memset(&run, 0, sizeof(run));
    run.options = &options;
    if (read_options(&options, argc, argv) != 0) {
        fprintf(stderr, "usage: %s NAME=VALUE...\n", argv[0]);
        return EXIT_FAILURE;
    }
    client.base_url = options.url;
    client.ca_file = options.ca_file;
    client.proxy = options.proxy;
    client.api_key = options.api_key;
    client.http_version = (chutes_http_version)options.http_version;
    client.on_attempt = count_attempt;
    client.attempt_user_data = &run;
    if (chutes_client_new(&client, &run.client, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    if (options.parallel > 0) {
        result = make_calls_on_loop(&run, &error);
    } else {
        make_blocking_calls(&run);
    }
    if (result == 0) {
        print_counts(&run);
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    chutes_client_free(run.client);
    free(run.text);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
