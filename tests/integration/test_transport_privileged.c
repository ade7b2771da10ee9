/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "attempt.h"
#include "peer.h"
#include "test.h"

#include <stdlib.h>

#ifdef __linux__
#include <dlfcn.h>
#include <sys/auxv.h>

/* Makes the process look as if it were set-user-ID. */
unsigned long getauxval(unsigned long type)
{
    unsigned long (*original)(unsigned long);

    if (type == AT_SECURE) {
        return 1;
    }
    *(void **)&original = dlsym(RTLD_NEXT, "getauxval");
    return original(type);
}

static void a_privileged_process_distrusts_the_environment(void **state)
{
    struct chutes__engine *engine = attempt_engine();
    struct peer *proxy =
        peer_start("answer 200 text/plain proxied", PEER_PLAIN);
    struct peer *other = peer_start("answer 200 text/plain direct", PEER_PLAIN);
    struct attempt attempt;

    (void)state;
    assert_int_equal(setenv("http_proxy", peer_url(proxy), 1), 0);
    assert_int_equal(unsetenv("no_proxy"), 0);
    assert_int_equal(unsetenv("NO_PROXY"), 0);
    attempt_init(&attempt, peer_url(other));
    attempt.request.route.proxy = NULL;
    attempt_run_to(&attempt, engine, CHUTES_OK, CHUTES_OUTCOME_ANSWERED);
    assert_string_equal(attempt.body, "direct");
    /* What the program itself asks for still applies. */
    attempt_init(&attempt, peer_url(other));
    attempt.request.route.proxy = peer_url(proxy);
    attempt_run(&attempt, engine);
    assert_string_equal(attempt.body, "proxied");
    chutes__engine_free(engine);
    peer_stop(proxy);
    peer_stop(other);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef __linux__
        cmocka_unit_test(a_privileged_process_distrusts_the_environment),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
