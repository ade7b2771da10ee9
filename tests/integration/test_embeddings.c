/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "rows.h"

/* Two vectors, {1.5, -2, 0.25} and {1e-3, 0, -3.5}, in notations that servers
 * use. */
static const struct {
    const char *name;
    const char *body;
} ANSWERS[] = {
    {"floats", "{\"data\":[{\"index\":0,\"embedding\":[1.5,-2,0.25]},"
               "{\"index\":1,\"embedding\":[1e-3,0.0,-3.5E0]}]}"},
    {"out of order", "{\"data\":[{\"index\":1,\"embedding\":[0.001,0,-3.5]},"
                     "{\"index\":0,\"embedding\":[1.5,-2.0,25e-2]}]}"},
    {"index behind the vector",
     "{\"data\":[{\"embedding\":[0.001,0,-3.5],\"index\":1},"
     "{\"embedding\":[1.5,-2.0,25e-2],\"index\":0}]}"},
    {"base64", "{\"data\":[{\"index\":0,\"embedding\":\"AADAPwAAAMAAAIA+\"},"
               "{\"index\":1,\"embedding\":\"bxKDOgAAAAAAAGDA\"}]}"},
    {"one of each", "{\"data\":[{\"index\":0,\"embedding\":[1.5,-2,0.25]},"
                    "{\"index\":1,\"embedding\":\"bxKDOgAAAAAAAGDA\"}]}"},
    {"without an index", "{\"data\":[{\"embedding\":[1.5,-2,0.25]},"
                         "{\"embedding\":[1e-3,0.0,-3.5]}]}"},
};

static void check_values(const chutes_embed_response *response)
{
    static const float values[] = {1.5F, -2, 0.25F, 1e-3F, 0, -3.5F};

    assert_int_equal(response->count, 2);
    assert_int_equal(response->dimension, 3);
    assert_memory_equal(response->values, values, sizeof(values));
    assert_ptr_equal(chutes_embedding_at(response, 1), response->values + 3);
    assert_null(chutes_embedding_at(response, 2));
}

static void vectors_come_in_the_order_of_the_inputs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        char script[512];
        struct peer *peer;
        chutes_client_options options;
        chutes_client *client;
        struct call call = {.kind = CALL_EMBED};

        (void)snprintf(script, sizeof(script),
                       "answer 200 application/json %s\n", ANSWERS[i].body);
        peer = peer_start(script, PEER_PLAIN);
        options = call_options(peer);
        client = call_client(&options);
        call_run(&call, client);
        if (call.status != CHUTES_OK) {
            fail_msg("%s: %s", ANSWERS[i].name, call.error.message);
        }
        check_values(call.embed);
        assert_string_equal(call.embed->raw_json, ANSWERS[i].body);
        assert_int_equal(call.embed->raw_len, strlen(ANSWERS[i].body));
        assert_string_equal(call.embed->model, "");
        assert_null(call.embed->usage);
        chutes_client_free(client);
        peer_stop(peer);
        /* A result remains valid after its client was freed. */
        check_values(call.embed);
        call_dispose(&call);
    }
}

static void what_is_asked_is_sent(void **state)
{
    static const char *const input[] = {"one", "tw\"o\n"};
    struct call_pair pair = call_open(
        "expect POST /v1/embeddings\n"
        "expect-header Accept: application/json\n"
        "expect-header Content-Type: application/json\n"
        "status 200\n"
        "header X-Chutes-InvocationID: id-1\n"
        "header Content-Length: 157\n"
        "end-headers\n"
        "send {\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":1,"
        "\"embedding\":[3,4]}],\"model\":\"real/name\",\"usage\":{"
        "\"prompt_tokens\":4,\"total_tokens\":4,\"completion_tokens\":0}}\n");
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_error error;

    (void)state;
    params.model = "m";
    params.input = input;
    params.input_count = 2;
    params.dimensions = 2;
    params.encoding_format = "base64";
    params.user = "u";
    params.extra_json = "{\"truncate_prompt_tokens\":-1}";
    assert_int_equal(chutes_embed(pair.client, &params, &response, &error),
                     CHUTES_OK);
    assert_string_equal(peer_request_body(pair.peer, 1),
                        "{\"model\":\"m\",\"input\":[\"one\",\"tw\\\"o\\n\"],"
                        "\"dimensions\":2,\"encoding_format\":\"base64\","
                        "\"user\":\"u\",\"truncate_prompt_tokens\":-1}");
    assert_string_equal(response->model, "real/name");
    assert_int_equal(response->usage->prompt_tokens, 4);
    assert_int_equal(response->usage->total_tokens, 4);
    assert_int_equal(response->usage->cached_tokens, -1);
    assert_string_equal(response->info->request_id, "id-1");
    assert_int_equal(response->info->attempts, 1);
    assert_int_equal(response->info->timing.first_token_us, -1);
    assert_true(response->info->timing.total_us > 0);
    chutes_embed_response_free(response);
    chutes_embed_response_free(NULL);
    call_close(pair);
}

static void the_vectors_may_be_discarded(void **state)
{
    static const char *const input[] = {"one"};
    struct call_pair pair =
        call_open("answer 200 application/json "
                  "{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}\n");
    chutes_embed_params params = chutes_embed_params_default();
    chutes_error error;

    (void)state;
    params.model = "m";
    params.input = input;
    params.input_count = 1;
    assert_int_equal(chutes_embed(pair.client, &params, NULL, &error),
                     CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    assert_int_equal(peer_accepts(pair.peer), 1);
    call_close(pair);
}

/* Makes a call that is split into two parts, one after the other. */
static chutes_embed_response *embed_in_two(chutes_client *client,
                                           chutes_embed_params *params,
                                           size_t max_bytes)
{
    chutes_embed_response *response = NULL;
    chutes_error error;

    params->model = "m";
    params->max_batch_bytes = max_bytes;
    params->max_parallel = 1;
    if (chutes_embed(client, params, &response, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(response->part_count, 2);
    return response;
}

/* Three tokens have 24 bytes, as the limit is counted. */
static void tokens_are_split_like_texts(void **state)
{
    static const int64_t ids[] = {1, 2, 3};
    const chutes_tokens tokens[] = {{ids, 2}, {ids + 2, 1}, {ids, 3}};
    struct call_pair pair = call_open(
        "expect-body {\"model\":\"m\",\"input\":[[1,2],[3]]}\n"
        "answer 200 application/json {\"data\":[{\"index\":0,\"embedding\":"
        "[1]},{\"index\":1,\"embedding\":[2]}]}\n"
        "request\nexpect-body {\"model\":\"m\",\"input\":[1,2,3]}\n"
        "answer 200 application/json {\"data\":[{\"index\":0,\"embedding\":"
        "[3]}]}\n");
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response;
    chutes_error error;

    (void)state;
    params.token_input = tokens;
    params.token_input_count = COUNT(tokens);
    response = embed_in_two(pair.client, &params, 24);
    assert_int_equal(response->count, 3);
    assert_true(response->values[2] == 3);
    chutes_embed_response_free(response);
    params.input_count = 1;
    params.token_input = NULL;
    assert_int_equal(chutes_embed(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "input must not be NULL");
    call_close(pair);
}

/* Both answers are as SGLang and vLLM send them. */
static void images_are_split_like_texts(void **state)
{
    static const chutes_embed_item items[] = {
        {NULL, "data:image/gif;base64,AAAA", NULL},
        {"a", "data:image/gif;base64,BBBB", NULL}};
    struct call_pair pair = call_open(
        "expect POST /v1/embeddings\n"
        "expect-body {\"model\":\"m\",\"input\":[{\"image\":"
        "\"data:image/gif;base64,AAAA\"}]}\n"
        "answer 200 application/json {\"object\":\"list\",\"data\":[{"
        "\"object\":\"embedding\",\"embedding\":[1],\"index\":0}],"
        "\"model\":\"m\",\"usage\":{\"prompt_tokens\":9,"
        "\"total_tokens\":9}}\n"
        "request\nexpect-body {\"model\":\"m\",\"input\":[{\"text\":\"a\","
        "\"image\":\"data:image/gif;base64,BBBB\"}]}\n"
        "answer 200 application/json {\"object\":\"list\",\"data\":[{"
        "\"object\":\"embedding\",\"embedding\":[2],\"index\":0}],"
        "\"model\":\"m\",\"usage\":{\"prompt_tokens\":8,"
        "\"total_tokens\":8}}\n");
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response;

    (void)state;
    params.items = items;
    params.item_count = COUNT(items);
    response = embed_in_two(pair.client, &params, 52);
    assert_true(response->values[0] == 1 && response->values[1] == 2);
    assert_int_equal(response->usage->total_tokens, 17);
    chutes_embed_response_free(response);
    call_close(pair);
}

static void messages_make_one_vector(void **state)
{
    struct call_pair pair = call_open(
        "expect-body {\"model\":\"m\",\"messages\":[{\"role\":\"system\","
        "\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}]}\n"
        "answer 200 application/json {\"id\":\"embd-1\",\"object\":\"list\","
        "\"created\":1,\"model\":\"m\",\"data\":[{\"index\":0,\"object\":"
        "\"embedding\",\"embedding\":[1,2]}],\"usage\":{\"prompt_tokens\":3,"
        "\"total_tokens\":3,\"completion_tokens\":0,"
        "\"prompt_tokens_details\":null}}\n");
    const chutes_message messages[] = {chutes_system("a"), chutes_user("b")};
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_error error;

    (void)state;
    params.model = "m";
    params.messages = messages;
    params.message_count = COUNT(messages);
    if (chutes_embed(pair.client, &params, &response, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(response->count, 1);
    assert_int_equal(response->dimension, 2);
    assert_true(response->values[1] == 2);
    chutes_embed_response_free(response);
    call_close(pair);
}

static void a_query_gets_its_instruction(void **state)
{
    char *text = chutes_embed_instruct("Find a ship", "Which?");

    (void)state;
    assert_string_equal(text, "Instruct: Find a ship\nQuery:Which?");
    chutes_string_free(text);
    assert_null(chutes_embed_instruct(NULL, "a"));
    assert_null(chutes_embed_instruct("a", NULL));
}

int main(void)
{
    static const char *const files[] = {"embeddings.txt"};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_come_in_the_order_of_the_inputs),
        cmocka_unit_test(what_is_asked_is_sent),
        cmocka_unit_test(the_vectors_may_be_discarded),
        cmocka_unit_test(tokens_are_split_like_texts),
        cmocka_unit_test(images_are_split_like_texts),
        cmocka_unit_test(messages_make_one_vector),
        cmocka_unit_test(a_query_gets_its_instruction),
    };

    return rows_run("embeddings", files, 1, tests, COUNT(tests));
}
