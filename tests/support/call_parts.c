/* SPDX-License-Identifier: MIT */
#include "call_parts.h"

#include "test.h"

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

void call_parts_done(struct call_parts_end *end, chutes_status status,
                     const void *result, const chutes_error *error)
{
    assert_int_equal(error->status, status);
    assert_int_equal(result != NULL, status == CHUTES_OK);
    end->dones++;
    end->status = status;
}

static void expect_end(chutes_loop *loop, const struct call_parts_end *end,
                       int dones, chutes_status status)
{
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(end->dones, dones);
    assert_int_equal(end->status, status);
}

void call_parts_expect_on_a_loop(const struct call_parts *tested)
{
    struct call_pair pair = call_open(tested->script);
    struct call_pair mute = call_open(tested->mute);
    chutes_loop *loop = loop_of_client(pair.client);
    struct call_parts_end end = {0};
    chutes_call *call = NULL;

    assert_int_equal(tested->start(loop, peer_url(pair.peer), &end, NULL),
                     CHUTES_OK);
    expect_end(loop, &end, 1, CHUTES_OK);
    assert_int_equal(tested->start(loop, peer_url(mute.peer), &end, &call),
                     CHUTES_OK);
    while (peer_requests(mute.peer) < 2) {
        assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
    }
    chutes_call_cancel(call);
    expect_end(loop, &end, 2, CHUTES_ERR_CANCELLED);
    chutes_call_free(call);
    chutes_loop_free(loop);
    call_close(pair);
    call_close(mute);
}

void call_parts_expect_one_total_timeout(const struct call_parts *tested)
{
    struct peer *peer = peer_start("stall\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;

    options.total_timeout_ms = call_bound_ms(200);
    client = call_client(&options);
    assert_int_equal(tested->run(client, peer_url(peer)), CHUTES_ERR_TIMEOUT);
    assert_int_equal(peer_requests(peer), 1);
    chutes_client_free(client);
    peer_stop(peer);
}

void call_parts_expect_without_memory(const struct call_parts *tested)
{
    struct call_pair pair = call_open(tested->script);
    long total;

    alloc_fail_count();
    assert_int_equal(tested->run(pair.client, peer_url(pair.peer)), CHUTES_OK);
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        chutes_status status;

        alloc_fail_at(i);
        status = tested->run(pair.client, peer_url(pair.peer));
        assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
    }
    alloc_fail_off();
    call_close(pair);
}
