/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    PAIRS_MAX = 16,  /* KEY=VALUE of one expectation */
    EXPECT_MAX = 4,  /* expectations of one row */
    OPTIONS_MAX = 4, /* `with` lines of one row */
    TRIES = 3,       /* of a row that was too slow: the machine may be busy */
    CLOSE_MS = 2000  /* until the peer has seen the last connection end */
};

struct pair {
    const char *key;
    const char *value;
};

/* What calls of some kinds must come to. */
struct expectation {
    unsigned kinds; /* a bit for each */
    const char *status;
    const char *outcome; /* NULL: the call succeeds */
    struct pair pairs[PAIRS_MAX];
    size_t pair_count;
};

struct row {
    char *name; /* with the file's */
    const char *script;
    enum peer_tls tls;
    struct pair options[OPTIONS_MAX];
    size_t option_count;
    struct expectation expectations[EXPECT_MAX];
    size_t expectation_count;
};

/* All of it lives until the program ends. */
struct table {
    struct row *rows;
    size_t count;
    char **texts;
    size_t text_count;
};

static void die(const char *file, const char *line, const char *why)
{
    (void)fprintf(stderr, "%s: `%s`: %s\n", file, line, why);
    exit(2);
}

static void *grow(void *array, size_t count, size_t size)
{
    void *grown = realloc(array, (count + 1) * size);

    if (grown == NULL) {
        abort();
    }
    return grown;
}

/* Cuts the next word off; a value may be in double or single quotes. NULL at
 * the end of the line. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t");
    char *end = word;

    if (*word == '\0') {
        return NULL;
    }
    while (*end != '\0' && *end != ' ' && *end != '\t') {
        if (*end == '"' || *end == '\'') {
            char quote = *end;

            /* The quotes themselves are cut out. */
            memmove(end, end + 1, strlen(end));
            while (*end != '\0' && *end != quote) {
                end++;
            }
            if (*end == quote) {
                memmove(end, end + 1, strlen(end));
            }
            continue;
        }
        end++;
    }
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static bool split_pair(char *word, struct pair *pair)
{
    char *sign = strchr(word, '=');

    if (sign == NULL) {
        return false;
    }
    *sign = '\0';
    *pair = (struct pair){word, sign + 1};
    return true;
}

static void read_tls(struct row *row, const char *file, char *line)
{
    static const struct {
        const char *name;
        enum peer_tls tls;
    } names[] = {
        {"good", PEER_TLS_GOOD},
        {"self-signed", PEER_TLS_SELF_SIGNED},
        {"wrong-host", PEER_TLS_WRONG_HOST},
        {"expired", PEER_TLS_EXPIRED},
        {"not-yet-valid", PEER_TLS_NOT_YET_VALID},
        {"wrong-purpose", PEER_TLS_WRONG_PURPOSE},
    };
    const char *word = next_word(&line);

    for (size_t i = 0; i < COUNT(names); i++) {
        if (word != NULL && strcmp(names[i].name, word) == 0) {
            row->tls = names[i].tls;
            return;
        }
    }
    die(file, line, "unknown kind of TLS");
}

static unsigned read_kind(const char *word)
{
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        if (strcmp(call_kind_name((enum call_kind)kind), word) == 0) {
            return 1U << kind;
        }
    }
    return strcmp(word, "all") == 0 ? (1U << CALL_KINDS) - 1 : 0;
}

/* "chat stream: TRUNCATED ANSWERED end=truncated message="cut off"". */
static void read_expectation(struct row *row, const char *file, char *line)
{
    struct expectation *expectation =
        &row->expectations[row->expectation_count++];
    char *colon = strchr(line, ':');
    char *rest = colon + 1;
    char *word;

    *colon = '\0';
    while ((word = next_word(&line)) != NULL) {
        unsigned kind = read_kind(word);

        if (kind == 0) {
            die(file, word, "unknown kind of call");
        }
        expectation->kinds |= kind;
    }
    expectation->status = next_word(&rest);
    if (expectation->status == NULL) {
        die(file, line, "a status must follow");
    }
    while ((word = next_word(&rest)) != NULL) {
        struct pair *pair = &expectation->pairs[expectation->pair_count];

        if (expectation->pair_count == PAIRS_MAX) {
            die(file, word, "too many expectations");
        }
        if (split_pair(word, pair)) {
            expectation->pair_count++;
        } else {
            expectation->outcome = word;
        }
    }
}

static void read_line(struct row *row, const char *file, char *line)
{
    if (*line == '\0' || *line == '#') {
        return;
    }
    if (strncmp(line, "tls ", 4) == 0) {
        read_tls(row, file, line + 4);
        return;
    }
    if (strncmp(line, "with ", 5) == 0) {
        char *rest = line + 5;

        if (row->option_count == OPTIONS_MAX ||
            !split_pair(next_word(&rest), &row->options[row->option_count++])) {
            die(file, line, "expected NAME=VALUE");
        }
        return;
    }
    if (row->expectation_count == EXPECT_MAX || strchr(line, ':') == NULL) {
        die(file, line, "expected KINDS: STATUS");
    }
    read_expectation(row, file, line);
}

/* One row, without its "=== " and up to the next. */
static void read_row(struct table *table, const char *file, char *text)
{
    char *script = strstr(text, "\n---\n");
    char *name = strsep(&text, "\n");
    struct row *row;
    char label[256];

    if (script == NULL) {
        die(file, name, "no `---` before the script");
        return;
    }
    *script = '\0';
    table->rows = grow(table->rows, table->count, sizeof(*row));
    row = &table->rows[table->count++];
    *row = (struct row){.script = script + strlen("\n---\n")};
    (void)snprintf(label, sizeof(label), "%.*s: %s", (int)strcspn(file, "."),
                   file, name);
    row->name = strdup(label);
    while (text != NULL) {
        read_line(row, file, strsep(&text, "\n"));
    }
    if (row->expectation_count == 0) {
        die(file, name, "no expectation");
    }
}

static void read_file(struct table *table, const char *file)
{
    char path[256];
    char *text;
    char *row;

    (void)snprintf(path, sizeof(path), "scripts/client/%s", file);
    text = fixture_read(path, NULL);
    table->texts = grow(table->texts, table->text_count, sizeof(char *));
    table->texts[table->text_count++] = text;
    row = strncmp(text, "=== ", 4) == 0 ? text : strstr(text, "\n=== ") + 1;
    while (row != NULL) {
        char *next = strstr(row, "\n=== ");

        if (next != NULL) {
            *next++ = '\0';
        }
        read_row(table, file, row + 4);
        row = next;
    }
}

/* The options that rows set, by name. */
static void set_option(chutes_client_options *options, const struct pair *pair)
{
    const struct {
        const char *name;
        int64_t *clock;
        size_t *size;
    } table[] = {
        {"connect_timeout_ms", &options->connect_timeout_ms, NULL},
        {"first_byte_timeout_ms", &options->first_byte_timeout_ms, NULL},
        {"idle_timeout_ms", &options->idle_timeout_ms, NULL},
        {"progress_timeout_ms", &options->progress_timeout_ms, NULL},
        {"total_timeout_ms", &options->total_timeout_ms, NULL},
        {"max_header_bytes", NULL, &options->max_header_bytes},
        {"max_response_bytes", NULL, &options->max_response_bytes},
        {"max_line_bytes", NULL, &options->max_line_bytes},
        {"max_event_bytes", NULL, &options->max_event_bytes},
        {"max_error_bytes", NULL, &options->max_error_bytes},
        {"max_request_bytes", NULL, &options->max_request_bytes},
        {"max_json_depth", NULL, &options->max_json_depth},
        {"max_tool_calls", NULL, &options->max_tool_calls},
        {"max_choices", NULL, &options->max_choices},
    };
    long long value = strtoll(pair->value, NULL, 10);

    for (size_t i = 0; i < COUNT(table); i++) {
        if (strcmp(table[i].name, pair->key) != 0) {
            continue;
        }
        if (table[i].clock != NULL) {
            *table[i].clock = value;
        } else {
            *table[i].size = (size_t)value;
        }
        return;
    }
    fail_msg("unknown option %s", pair->key);
}

/* Makes a failure say where. */
struct scene {
    const struct row *row;
    const struct expectation *expectation;
    struct call *call;
    const struct peer *peer;
};

static void complain(const struct scene *scene, const char *what,
                     const char *got, const char *want)
{
    const chutes_error *error = &scene->call->error;

    fail_msg("%s\n  %s: %s is `%s`, expected `%s`\n  %s, outcome %d, HTTP %d: "
             "%s",
             scene->row->name, call_kind_name(scene->call->kind), what, got,
             want, chutes_status_name(scene->call->status), (int)error->outcome,
             error->http_status, error->message);
}

static void expect_text(const struct scene *scene, const char *what,
                        const char *got, const char *want)
{
    if (strcmp(got, want) != 0) {
        complain(scene, what, got, want);
    }
}

/* One of "A|B". */
static void expect_one_of(const struct scene *scene, const char *what,
                          const char *got, const char *list)
{
    size_t len = strlen(got);

    for (const char *at = list; *at != '\0';) {
        size_t part = strcspn(at, "|");

        if (part == len && strncmp(at, got, len) == 0) {
            return;
        }
        at += part + (at[part] == '|' ? 1 : 0);
    }
    complain(scene, what, got, list);
}

static void expect_number(const struct scene *scene, const char *what,
                          long long got, const char *want)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", got);
    expect_one_of(scene, what, text, want);
}

/* The value of a key, or what holds when the row doesn't say. */
static const char *want(const struct scene *scene, const char *key,
                        const char *otherwise)
{
    const struct expectation *expectation = scene->expectation;

    for (size_t i = 0; i < expectation->pair_count; i++) {
        if (strcmp(expectation->pairs[i].key, key) == 0) {
            return expectation->pairs[i].value;
        }
    }
    return otherwise;
}

static void check_messages(const struct scene *scene)
{
    const struct expectation *expectation = scene->expectation;
    const char *message = scene->call->error.message;

    for (size_t i = 0; i < expectation->pair_count; i++) {
        const struct pair *pair = &expectation->pairs[i];

        if (strcmp(pair->key, "message") == 0 &&
            strstr(message, pair->value) == NULL) {
            complain(scene, "message", message, pair->value);
        }
        if (strcmp(pair->key, "lacks") == 0 &&
            strstr(message, pair->value) != NULL) {
            complain(scene, "message", message, pair->value);
        }
    }
}

/* Without a word on it in the row, the server told nothing. */
static void check_error(const struct scene *scene)
{
    static const char *const outcomes[] = {"NOT_SENT", "MAYBE_SENT",
                                           "ANSWERED"};
    const chutes_error *error = &scene->call->error;
    bool is_answered = error->outcome == CHUTES_OUTCOME_ANSWERED;

    expect_one_of(scene, "outcome", outcomes[error->outcome],
                  scene->expectation->outcome);
    expect_number(scene, "http", error->http_status,
                  want(scene, "http", is_answered ? "200" : "0"));
    expect_text(scene, "code", error->code, want(scene, "code", ""));
    expect_text(scene, "type", error->type, want(scene, "type", ""));
    expect_text(scene, "param", error->param, want(scene, "param", ""));
    expect_text(scene, "id", error->request_id, want(scene, "id", ""));
    expect_number(scene, "retry", error->retry_after_ms,
                  want(scene, "retry", "-1"));
    expect_number(scene, "reset", error->quota_reset,
                  want(scene, "reset", "-1"));
    expect_number(scene, "attempts", error->attempts,
                  want(scene, "attempts", "1"));
    check_messages(scene);
    if (error->message[0] == '\0') {
        complain(scene, "message", "", "something");
    }
}

static void join_warnings(const chutes_chat_response *response, char *text,
                          size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < response->warning_count; i++) {
        len += (size_t)snprintf(text + len, size - len, "%s%s",
                                i == 0 ? "" : ",", response->warnings[i]);
    }
}

static void check_answer(const struct scene *scene)
{
    const chutes_chat_response *response = scene->call->chat;
    const chutes_chat_choice *choice =
        response->choice_count > 0 ? response->choices[0] : NULL;
    const char *text = choice != NULL ? choice->content : NULL;
    const char *finish = choice != NULL ? choice->finish_reason : NULL;
    char warnings[512];

    join_warnings(response, warnings, sizeof(warnings));
    expect_text(scene, "end", chutes_end_name(response->end),
                want(scene, "end", "done"));
    expect_number(scene, "complete", response->complete,
                  scene->call->status == CHUTES_OK ? "1" : "0");
    expect_text(scene, "text", text != NULL ? text : "",
                want(scene, "text", ""));
    expect_text(scene, "finish", finish != NULL ? finish : "",
                want(scene, "finish", ""));
    expect_text(scene, "warnings", warnings, want(scene, "warnings", ""));
}

/* A result where one is due, and nowhere else. */
static void check_result(const struct scene *scene)
{
    const struct call *call = scene->call;
    bool is_ok = call->status == CHUTES_OK;
    bool has_partial = want(scene, "end", NULL) != NULL;
    bool has_chat = is_ok ? call->kind <= CALL_STREAM : has_partial;

    expect_number(scene, "there is a chat response", call->chat != NULL,
                  has_chat ? "1" : "0");
    expect_number(scene, "there are vectors", call->embed != NULL,
                  is_ok && call->kind == CALL_EMBED ? "1" : "0");
    expect_number(scene, "there are models", call->models != NULL,
                  is_ok && call->kind == CALL_MODELS ? "1" : "0");
    if (call->chat != NULL) {
        check_answer(scene);
    }
    if (call_info(call) != NULL) {
        expect_number(scene, "attempts", call_info(call)->attempts, "1");
    }
}

/* What the server counted. */
static void check_peer(const struct scene *scene)
{
    const struct peer *peer = scene->peer;
    int posts = peer_posts(peer);

    expect_number(scene, "requests", peer_requests(peer),
                  want(scene, "requests", "1"));
    expect_number(
        scene, "posts", posts,
        scene->call->kind == CALL_MODELS ? "0" : want(scene, "requests", "1"));
    expect_number(scene, "accepts", peer_accepts(peer),
                  want(scene, "accepts", "1"));
    if (want(scene, "bytes", NULL) != NULL) {
        expect_number(scene, "bytes", peer_http_bytes(peer),
                      want(scene, "bytes", NULL));
    }
}

static bool is_in_time(const struct scene *scene)
{
    long elapsed_ms = (long)(scene->call->elapsed_us / 1000);
    long least = strtol(want(scene, "min_ms", "0"), NULL, 10);
    long most = strtol(want(scene, "max_ms", "5000"), NULL, 10);

    if (elapsed_ms < least) {
        expect_number(scene, "milliseconds", elapsed_ms,
                      want(scene, "min_ms", "0"));
    }
    return elapsed_ms <= call_patience_ms((int)most);
}

/* False: it took too long. */
static bool run_once(const struct row *row,
                     const struct expectation *expectation, enum call_kind kind)
{
    struct peer *peer = peer_start(row->script, row->tls);
    struct call call = {.kind = kind};
    const struct scene scene = {row, expectation, &call, peer};
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    bool in_time;

    options.ca_file = row->tls != PEER_PLAIN ? peer_ca_file() : NULL;
    for (size_t i = 0; i < row->option_count; i++) {
        set_option(&options, &row->options[i]);
    }
    alloc_fail_count();
    client = call_client(&options);
    call_run(&call, client);
    expect_one_of(&scene, "status",
                  chutes_status_name(call.status) + strlen("CHUTES_"),
                  expectation->status);
    if (call.status != CHUTES_OK) {
        check_error(&scene);
    }
    check_result(&scene);
    in_time = is_in_time(&scene);
    chutes_client_free(client);
    if (!peer_await_closed(peer, call_patience_ms(CLOSE_MS))) {
        complain(&scene, "the connection", "open", "closed");
    }
    check_peer(&scene);
    call_dispose(&call);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    peer_stop(peer);
    return in_time;
}

static void run_kind(const struct row *row,
                     const struct expectation *expectation, enum call_kind kind)
{
    int tries = 0;

    while (!run_once(row, expectation, kind)) {
        if (++tries == TRIES) {
            fail_msg("%s\n  %s: too slow", row->name, call_kind_name(kind));
        }
    }
}

static void run_row(void **state)
{
    const struct row *row = *state;
    int descriptors;

    if (row->tls != PEER_PLAIN) {
        (void)peer_ca_file();
    }
    descriptors = call_count_descriptors();
    for (size_t i = 0; i < row->expectation_count; i++) {
        for (int kind = 0; kind < CALL_KINDS; kind++) {
            if ((row->expectations[i].kinds & 1U << kind) != 0) {
                run_kind(row, &row->expectations[i], (enum call_kind)kind);
            }
        }
    }
    /* Fewer, when a row that failed before had left some. */
    assert_true(call_count_descriptors() <= descriptors);
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].name);
    }
    for (size_t i = 0; i < table->text_count; i++) {
        free(table->texts[i]);
    }
    free(table->rows);
    free(table->texts);
}

int rows_run(const char *group, const char *const *files, size_t file_count,
             const struct CMUnitTest *tests, size_t test_count)
{
    struct table table = {0};
    struct CMUnitTest *all;
    int failures;

    call_clear_environment();
    for (size_t i = 0; i < file_count; i++) {
        read_file(&table, files[i]);
    }
    all = calloc(test_count + table.count, sizeof(*all));
    if (all == NULL) {
        abort();
    }
    for (size_t i = 0; i < test_count; i++) {
        all[i] = tests[i];
    }
    for (size_t i = 0; i < table.count; i++) {
        all[test_count + i] = (struct CMUnitTest){
            .name = table.rows[i].name,
            .test_func = run_row,
            .initial_state = &table.rows[i],
        };
    }
    failures = _cmocka_run_group_tests(group, all, test_count + table.count,
                                       NULL, NULL);
    free(all);
    free_table(&table);
    return failures;
}
