/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "meter.h"

/* Answers that are read while they arrive. Half of an answer is larger than the
 * amount that is parsed at once. */
enum { PARTS = 3, PART_TEXTS = 4000, TEXTS = PARTS * PART_TEXTS, MAX_TEXT = 8 };

enum fate { GOOD, CUT, SHORT, BUSY, BROKEN };

/* How the first attempts of each part end. */
struct plan {
    const char *name;
    enum fate fates[PARTS];
    int attempts; /* that end like this; the next one is answered */
    chutes_status status;
    const char *message;
    bool is_there[PARTS];
};

static char *busy;   /* an answer that turns out to be an error */
static char *broken; /* an answer that ends in the middle of its JSON */

/* One vector is missing and the others are wrong, which shows if any of them is
 * used. */
static char *make_answer(const char *end)
{
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);

    assert_non_null(file);
    (void)fputs("{\"data\":[{\"embedding\":[-1,-1]}", file);
    for (size_t i = 2; i < PART_TEXTS; i++) {
        (void)fputs(",{\"embedding\":[-1,-1],\"object\":\"embedding\"}", file);
    }
    (void)fputs(end, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void decide(const struct meter_request *request,
                   struct meter_reply *reply, void *user_data)
{
    const struct plan *plan = user_data;
    enum fate fate = request->attempt <= plan->attempts
                         ? plan->fates[request->first / PART_TEXTS]
                         : GOOD;

    reply->together = request->number <= PARTS ? PARTS : 0;
    reply->act = fate == CUT     ? METER_CUT
                 : fate == SHORT ? METER_SHORT
                                 : METER_ANSWER;
    reply->body = fate == BUSY ? busy : fate == BROKEN ? broken : NULL;
}

static const char **make_texts(void)
{
    const char **texts = calloc(TEXTS, sizeof(*texts));
    char *numbers = calloc(TEXTS, MAX_TEXT);

    assert_non_null(texts);
    assert_non_null(numbers);
    for (size_t i = 0; i < TEXTS; i++) {
        (void)snprintf(numbers + i * MAX_TEXT, MAX_TEXT, "%zu", i);
        texts[i] = numbers + i * MAX_TEXT;
    }
    return texts;
}

static void free_texts(const char **texts)
{
    free((void *)(uintptr_t)texts[0]);
    free(texts);
}

static void check_part(const struct plan *plan,
                       const chutes_embed_response *response, size_t part)
{
    const chutes_embed_part *view = response->parts[part];

    if (!plan->is_there[part]) {
        assert_true(view->status != CHUTES_OK);
        assert_null(view->values);
        assert_null(chutes_embedding_at(response, view->first));
        return;
    }
    assert_int_equal(view->status, CHUTES_OK);
    for (size_t i = 0; i < view->count; i++) {
        const float *row = chutes_embedding_at(response, view->first + i);

        assert_ptr_equal(row, view->values + 2 * i);
        if (row[0] != (float)(view->first + i) || row[1] != -row[0]) {
            fail_msg("%s: row %zu is %g, %g", plan->name, view->first + i,
                     (double)row[0], (double)row[1]);
        }
    }
}

static void run(const struct plan *plan, const char **texts)
{
    struct meter *meter = meter_start(decide, (void *)(uintptr_t)plan);
    chutes_client_options options = meter_options(meter);
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_client *client;
    chutes_error error;
    chutes_status status;

    options.max_attempts = 3;
    client = call_client(&options);
    params.model = "m";
    params.input = texts;
    params.input_count = TEXTS;
    params.max_batch_inputs = PART_TEXTS;
    status = chutes_embed(client, &params, &response, &error);
    if (status != plan->status ||
        strstr(error.message, plan->message) == NULL) {
        fail_msg("%s: %s: %s", plan->name, chutes_status_name(status),
                 error.message);
    }
    assert_non_null(response);
    assert_int_equal(response->complete, status == CHUTES_OK);
    assert_int_equal(response->part_count, PARTS);
    for (size_t part = 0; part < PARTS; part++) {
        check_part(plan, response, part);
    }
    assert_int_equal(response->info->attempts, meter_requests(meter));
    chutes_embed_response_free(response);
    chutes_client_free(client);
    meter_stop(meter);
}

static void what_came_of_a_lost_answer_is_forgotten(void **state)
{
    static char message[128];
    static const struct plan plans[] = {
        {"all is well", {GOOD, GOOD, GOOD}, 0, CHUTES_OK, "", {1, 1, 1}},
        {"the first part again", {BUSY, GOOD}, 1, CHUTES_OK, "", {1, 1, 1}},
        {"all parts again", {BUSY, BUSY, BUSY}, 2, CHUTES_OK, "", {1, 1, 1}},
        {"one part in vain",
         {GOOD, BUSY, GOOD},
         3,
         CHUTES_ERR_STREAM,
         "request 2 of 3 (inputs 4000 to 7999): too busy",
         {1, 0, 1}},
        {"one part is cut",
         {GOOD, CUT, GOOD},
         1,
         CHUTES_ERR_TRUNCATED,
         "request 2 of 3",
         {1, 0, 1}},
        {"only the last one is there",
         {CUT, CUT, GOOD},
         1,
         CHUTES_ERR_TRUNCATED,
         "of 3",
         {0, 0, 1}},
        {"a vector too few",
         {SHORT, GOOD, GOOD},
         1,
         CHUTES_ERR_PROTOCOL,
         "data: 3999 embeddings, expected 4000",
         {0, 1, 1}},
        {"the JSON ends early",
         {GOOD, GOOD, BROKEN},
         1,
         CHUTES_ERR_TRUNCATED,
         message,
         {1, 1, 0}},
    };
    const char **texts = make_texts();

    (void)state;
    busy = make_answer("],\"error\":{\"code\":429,\"message\":\"too busy\"}}");
    broken = make_answer("");
    (void)snprintf(message, sizeof(message),
                   "the answer ends in the middle of its JSON, after %zu bytes",
                   strlen(broken));
    for (size_t i = 0; i < COUNT(plans); i++) {
        alloc_fail_count();
        run(&plans[i], texts);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
    free(broken);
    free(busy);
    free_texts(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_of_a_lost_answer_is_forgotten),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
