/* SPDX-License-Identifier: MIT */
#include "request/limiter.h"

#include "base/clock.h"
#include "test.h"

#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#define NEVER CHUTES__CLOCK_NEVER
#define SUCCESS CHUTES__LIMITER_SUCCESS
#define THROTTLED CHUTES__LIMITER_THROTTLED
#define OTHER CHUTES__LIMITER_OTHER

/* The names that the linker's --wrap makes. */
int __real_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes);

static int mutex_error;

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes)
{
    return mutex_error != 0 ? mutex_error
                            : __real_pthread_mutex_init(mutex, attributes);
}

/* ---- requests in virtual time -------------------------------------------- */

enum { PLACES = 12 };

static struct {
    struct chutes__limiter limiter;
    struct chutes__limiter_place places[PLACES];
    struct chutes__waker *wakers[PLACES]; /* one per place */
    int64_t now_us;
} scene;

static void open_scene(int max_concurrent, double max_per_second,
                       bool is_adaptive)
{
    memset(&scene, 0, sizeof(scene));
    scene.now_us = 1000000000;
    assert_true(chutes__limiter_init(&scene.limiter, max_concurrent,
                                     max_per_second, is_adaptive));
    for (size_t i = 0; i < PLACES; i++) {
        scene.wakers[i] = chutes__waker_new();
        assert_non_null(scene.wakers[i]);
    }
}

static void close_scene(void)
{
    for (size_t i = 0; i < PLACES; i++) {
        chutes__limiter_leave(&scene.limiter, &scene.places[i], OTHER,
                              scene.now_us);
    }
    for (size_t i = 0; i < PLACES; i++) {
        chutes__waker_release(scene.wakers[i]);
    }
    assert_int_equal(scene.limiter.active, 0);
    assert_true(chutes__list_is_empty(&scene.limiter.queue));
    chutes__limiter_dispose(&scene.limiter);
}

/* Enters a request; returns when it may begin, or NEVER. */
static int64_t enter(int at)
{
    int64_t due_us = -1;

    chutes__limiter_enter(&scene.limiter, &scene.places[at], scene.wakers[at],
                          scene.now_us, &due_us);
    assert_int_equal(scene.places[at].is_active, due_us <= scene.now_us);
    assert_int_equal(scene.places[at].is_waiting, due_us > scene.now_us);
    return due_us;
}

static bool begins(int at)
{
    return enter(at) <= scene.now_us;
}

static void leave(int at, enum chutes__limiter_verdict verdict)
{
    chutes__limiter_leave(&scene.limiter, &scene.places[at], verdict,
                          scene.now_us);
    assert_false(scene.places[at].is_active);
    assert_false(scene.places[at].is_waiting);
}

/* Returns the wakers that were rung since the last call, as digits and
 * letters. */
static const char *rung(void)
{
    static char names[PLACES + 1];
    size_t len = 0;

    for (size_t i = 0; i < PLACES; i++) {
        if (chutes__waker_take(scene.wakers[i])) {
            names[len++] = "0123456789ab"[i];
        }
    }
    names[len] = '\0';
    return names;
}

/* ---- the limit on concurrency -------------------------------------------- */

static void without_limits_all_begin_at_once(void **state)
{
    (void)state;
    open_scene(0, 0, false);
    for (int i = 0; i < PLACES; i++) {
        assert_true(enter(i) == scene.now_us);
    }
    assert_int_equal(scene.limiter.active, PLACES);
    leave(3, THROTTLED);
    assert_true(begins(3));
    assert_string_equal(rung(), "");
    close_scene();
}

static void
as_many_as_allowed_begin_and_the_others_wait_to_be_rung(void **state)
{
    (void)state;
    for (int most = 1; most < PLACES; most++) {
        open_scene(most, 0, false);
        for (int i = 0; i < most; i++) {
            assert_true(begins(i));
        }
        for (int i = most; i < PLACES; i++) {
            assert_true(enter(i) == NEVER);
            assert_true(enter(i) == NEVER); /* asking again changes nothing */
        }
        assert_string_equal(rung(), "");
        assert_int_equal(scene.limiter.active, most);
        close_scene();
    }
}

static void they_begin_in_the_order_they_came(void **state)
{
    (void)state;
    open_scene(1, 0, false);
    assert_true(begins(0));
    for (int i = 1; i < PLACES; i++) {
        assert_false(begins(i));
    }
    for (int i = 0; i + 1 < PLACES; i++) {
        char next[2] = {"0123456789ab"[i + 1], '\0'};

        leave(i, SUCCESS);
        assert_string_equal(rung(), next);
        /* Requests behind it ask in vain, although there is room. */
        for (int other = PLACES - 1; other > i + 1; other--) {
            assert_true(enter(other) == NEVER);
        }
        assert_true(begins(i + 1));
        assert_string_equal(rung(), "");
    }
    close_scene();
}

static void who_comes_later_does_not_overtake(void **state)
{
    (void)state;
    open_scene(1, 0, false);
    assert_true(begins(0));
    assert_false(begins(1));
    leave(0, SUCCESS);
    /* 1 was rung but hasn't asked yet. */
    assert_false(begins(2));
    assert_false(begins(0)); /* nor may another attempt begin */
    assert_true(begins(1));
    leave(1, SUCCESS);
    assert_false(begins(0));
    assert_true(begins(2));
    leave(2, SUCCESS);
    assert_true(begins(0));
    close_scene();
}

static void who_begins_rings_the_next_while_there_is_room(void **state)
{
    (void)state;
    open_scene(3, 0, false);
    for (int i = 0; i < 7; i++) {
        (void)enter(i);
    }
    leave(0, SUCCESS);
    leave(1, SUCCESS);
    assert_string_equal(rung(), "3"); /* rung twice; once would be enough */
    assert_true(begins(3));
    assert_string_equal(rung(), "4");
    assert_true(begins(4));
    assert_string_equal(rung(), "");
    leave(2, SUCCESS);
    assert_string_equal(rung(), "5");
    close_scene();
}

/* ---- abandoned requests -------------------------------------------------- */

static void a_head_that_gives_up_hands_on_its_turn(void **state)
{
    (void)state;
    open_scene(1, 0, false);
    for (int i = 0; i < 4; i++) {
        (void)enter(i);
    }
    leave(1, OTHER); /* no room yet: nobody is rung */
    assert_string_equal(rung(), "");
    leave(0, SUCCESS);
    assert_string_equal(rung(), "2");
    leave(2, OTHER); /* it was rung, and won't ask any more */
    assert_string_equal(rung(), "3");
    assert_true(begins(3));
    close_scene();
}

static void whoever_gives_up_behind_the_head_holds_up_nobody(void **state)
{
    (void)state;
    open_scene(1, 0, false);
    for (int i = 0; i < 5; i++) {
        (void)enter(i);
    }
    leave(2, OTHER);
    leave(4, OTHER);
    leave(0, SUCCESS);
    assert_string_equal(rung(), "1");
    assert_true(begins(1));
    leave(1, SUCCESS);
    assert_string_equal(rung(), "3");
    assert_true(begins(3));
    leave(3, SUCCESS);
    assert_string_equal(rung(), "");
    /* A request that was abandoned may enter again. */
    assert_true(begins(2));
    assert_false(begins(4));
    close_scene();
}

static void leaving_without_a_place_does_nothing(void **state)
{
    (void)state;
    open_scene(2, 0, true);
    assert_true(begins(0));
    leave(5, THROTTLED);
    leave(5, SUCCESS);
    leave(0, SUCCESS);
    leave(0, THROTTLED); /* leaving twice has no effect */
    assert_int_equal(scene.limiter.active, 0);
    assert_true(scene.limiter.allowed == 0);
    assert_string_equal(rung(), "");
    close_scene();
}

static void a_verdict_on_what_never_began_counts_for_nothing(void **state)
{
    (void)state;
    open_scene(1, 0, true);
    assert_true(begins(0));
    assert_false(begins(1));
    leave(1, THROTTLED);
    assert_true(scene.limiter.allowed == 0);
    close_scene();
}

/* ---- the rate ------------------------------------------------------------ */

static const struct {
    double per_second;
    int64_t slot_us;
} RATES[] = {
    {1, 1000000},
    {10, 100000},
    {3, 333334}, /* rounded up: never faster */
    {7, 142858},
    {0.5, 2000000},
    {0.001, 1000000000},
    {1000, 1000},
    {1000000, 1},
    {1e9, 1},
    {1e300, 1},
    {1e-9, 1000000000000000},
    {1e-300, 1000000000000000},
};

static void requests_begin_one_slot_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(RATES); i++) {
        open_scene(0, RATES[i].per_second, false);
        assert_true(begins(0));
        for (int next = 1; next < PLACES; next++) {
            int64_t due_us = enter(next);

            if (due_us - scene.now_us != RATES[i].slot_us) {
                fail_msg("%g a second: due after %lld us, expected %lld",
                         RATES[i].per_second,
                         (long long)(due_us - scene.now_us),
                         (long long)RATES[i].slot_us);
            }
            scene.now_us = due_us - 1;
            assert_true(enter(next) == due_us);
            scene.now_us = due_us;
            assert_true(begins(next));
        }
        close_scene();
    }
}

static void no_rate_is_no_limit(void **state)
{
    static const double rates[] = {0, -0.0, -1};

    (void)state;
    for (size_t i = 0; i < COUNT(rates); i++) {
        open_scene(0, rates[i], false);
        for (int j = 0; j < PLACES; j++) {
            assert_true(begins(j));
        }
        close_scene();
    }
}

/* The clock may be near 0. */
static void the_first_begins_at_once_at_any_time(void **state)
{
    static const int64_t times[] = {0, 1, 50000, 1000000, INT64_MAX / 2};

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        open_scene(0, 10, false);
        scene.now_us = times[i];
        assert_true(begins(0));
        assert_true(enter(1) == times[i] + 100000);
        close_scene();
    }
}

static void late_timers_do_not_lower_the_rate(void **state)
{
    int64_t start_us;

    (void)state;
    open_scene(0, 10, false);
    start_us = scene.now_us;
    for (int i = 0; i < 10000; i++) {
        int64_t due_us = enter(i % PLACES);

        if (due_us > scene.now_us) {
            scene.now_us = due_us + i % 7 * 1000; /* up to 6 ms late */
            assert_true(begins(i % PLACES));
        }
        leave(i % PLACES, SUCCESS);
    }
    assert_in_range(scene.now_us - start_us, 999900000, 999910000);
    close_scene();
}

static void idle_time_is_not_made_up_for(void **state)
{
    static const int64_t idle_us[] = {100000, 150000, 200000, 1000000,
                                      3600000000};

    (void)state;
    for (size_t i = 0; i < COUNT(idle_us); i++) {
        int64_t start_us;

        open_scene(0, 10, false);
        assert_true(begins(0));
        scene.now_us += idle_us[i];
        start_us = scene.now_us;
        assert_true(begins(1));
        for (int next = 2; next < PLACES; next++) {
            scene.now_us = enter(next);
            assert_true(begins(next));
        }
        /* Eleven begin within a second, because the first begins at its very
         * start. */
        assert_in_range(scene.now_us - start_us, 950000, 1000000);
        close_scene();
    }
}

static void the_rate_is_kept_in_turn(void **state)
{
    int64_t start_us;

    (void)state;
    open_scene(0, 10, false);
    start_us = scene.now_us;
    assert_true(begins(0));
    assert_true(enter(1) == start_us + 100000);
    assert_true(enter(2) == NEVER); /* it is rung when it becomes the head */
    assert_true(enter(3) == NEVER);
    (void)rung();
    scene.now_us = start_us + 100000;
    assert_true(enter(2) == NEVER); /* its time has come, but not its turn */
    assert_true(begins(1));
    assert_string_equal(rung(), "2");
    assert_true(enter(2) == start_us + 200000);
    leave(2, OTHER);
    assert_string_equal(rung(), "3");
    assert_true(enter(3) == start_us + 200000);
    close_scene();
}

static void both_limits_hold_at_once(void **state)
{
    int64_t start_us;

    (void)state;
    open_scene(2, 10, false);
    start_us = scene.now_us;
    assert_true(begins(0));
    assert_true(enter(1) == start_us + 100000);
    scene.now_us = start_us + 100000;
    assert_true(begins(1));
    assert_true(enter(2) == NEVER); /* there is no room */
    (void)rung();
    scene.now_us = start_us + 150000;
    leave(0, SUCCESS);
    assert_string_equal(rung(), "2");
    assert_true(enter(2) == start_us + 200000); /* room, but no slot */
    scene.now_us = start_us + 200000;
    assert_true(begins(2));
    assert_true(enter(3) == NEVER);
    scene.now_us = start_us + 900000;
    leave(1, SUCCESS);
    assert_true(begins(3));
    close_scene();
}

/* ---- adaptation ---------------------------------------------------------- */

/* A script: "+" begins the next request; "-" ends the oldest running one,
 * followed by s for success, t for throttled or o for any other end; "." lets a
 * millisecond pass. */
static const struct {
    const char *name;
    int max_concurrent;
    const char *script;
    double allowed;
} ADAPTATIONS[] = {
    {"nothing is known before the first 429", 0, "++++ssoo", 0},
    {"a few mean nothing", 0, "++++++++.ttttttt", 0},
    {"eight halve what was under way", 0, "++++++++.tttttttt", 4},
    {"halved from three", 0, "+++.ttt+++.ttt+++.tt", 1.5},
    {"halved from one", 0, "+t+t+t+t+t+t+t+t", 1},
    {"the bound given plays no part", 12, "++++++++.tttttttt", 4},
    {"successes speak against it", 0, "++++++++ststststststst", 0},
    {"as much as half a refusal", 0, "++++++++.ttttssss++++++++.tttttt", 4},
    {"once for all that began before", 0, "++++++++++++.tttttttttttt", 6},
    {"once, also later", 0, "++++++++++++.tttttttt.t..t", 6},
    {"and again for what began since", 0,
     "++++.tttt++++.tttt.+.t+.t+.t+.t+.t+.t+.t+.t", 1},
    {"other ends change nothing", 0, "++++++++.tttttttt++oo", 4},
    {"success adds one over those allowed", 0, "++++++++.tttttttt+s", 4.25},
    {"success of all adds about one", 0, "++++++++.tttttttt++++ssss", 4.9},
    {"up to the bound", 2, "++tt++tt++tt++tt+s+s+s+s+s", 2},
    {"beyond where it was, without a bound", 0, "+t+t+t+t+t+t+t+t+s+s+s+s",
     3.24},
};

static double play(const char *script)
{
    int begun = 0;
    int ended = 0;

    for (; *script != '\0'; script++) {
        switch (*script) {
        case '+':
            assert_true(begins(begun++ % PLACES));
            break;
        case '.':
            scene.now_us += 1000;
            break;
        default:
            leave(ended++ % PLACES, *script == 's'   ? SUCCESS
                                    : *script == 't' ? THROTTLED
                                                     : OTHER);
        }
    }
    return scene.limiter.allowed;
}

static void throttling_halves_and_success_adds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ADAPTATIONS); i++) {
        double allowed;

        open_scene(ADAPTATIONS[i].max_concurrent, 0, true);
        allowed = play(ADAPTATIONS[i].script);
        if (allowed < ADAPTATIONS[i].allowed - 0.05 ||
            allowed > ADAPTATIONS[i].allowed + 0.05) {
            fail_msg("%s: %g allowed, expected %g", ADAPTATIONS[i].name,
                     allowed, ADAPTATIONS[i].allowed);
        }
        close_scene();
    }
}

static void nothing_is_adapted_unless_asked_for(void **state)
{
    (void)state;
    open_scene(8, 0, false);
    (void)play("++++++++.tttttttt++++++++.");
    assert_int_equal(scene.limiter.active, 8);
    assert_true(scene.limiter.allowed == 0);
    close_scene();
}

static void
fewer_are_let_in_after_a_decrease_and_more_as_it_recovers(void **state)
{
    (void)state;
    open_scene(0, 0, true);
    for (int i = 0; i < 4; i++) {
        assert_true(begins(i));
    }
    scene.now_us++;
    scene.limiter.suspicion = 7; /* one more is enough */
    leave(0, THROTTLED);         /* 2 allowed, 3 under way */
    assert_true(enter(4) == NEVER);
    assert_true(enter(5) == NEVER);
    assert_true(enter(6) == NEVER);
    leave(1, OTHER); /* 2 under way */
    assert_string_equal(rung(), "");
    leave(2, OTHER); /* 1 */
    assert_string_equal(rung(), "4");
    assert_true(begins(4));
    assert_string_equal(rung(), "");
    leave(3, SUCCESS); /* 2.5 allowed */
    assert_string_equal(rung(), "5");
    assert_true(begins(5));
    assert_string_equal(rung(), "");
    assert_true(enter(6) == NEVER);
    leave(4, SUCCESS); /* 2.9 */
    assert_string_equal(rung(), "6");
    assert_true(begins(6));
    assert_true(enter(7) == NEVER);
    leave(5, SUCCESS); /* 3.2: room for two */
    assert_string_equal(rung(), "7");
    assert_true(begins(7));
    assert_true(enter(8) == scene.now_us);
    assert_int_equal(scene.limiter.active, 3);
    close_scene();
}

/* ---- servers that refuse, in virtual time -------------------------------- */

/* Many workers have prompts answered, each of which takes a second. A refusal
 * takes a tenth of a second, and its prompt is tried again at the end. */
enum { CROWD = 64, PROMPTS = 2000, ANSWER_MS = 1000, REFUSAL_MS = 100 };

struct worker {
    struct chutes__limiter_place place;
    int ends_ms;
    bool is_refused;
};

struct refuser {
    int percent; /* refused at random */
    int most;    /* allowed at once; 0: any number */
};

/* Returns a number below `below`, from a generator that is the same
 * everywhere. */
static int roll(uint32_t *seed, int below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (int)((*seed >> 8) % (uint32_t)below);
}

static void step_worker(struct chutes__limiter *limiter, struct worker *worker,
                        int now_ms, int *left)
{
    if (worker->place.is_active && worker->ends_ms <= now_ms) {
        *left -= worker->is_refused ? 0 : 1;
        chutes__limiter_leave(limiter, &worker->place,
                              worker->is_refused ? THROTTLED : SUCCESS,
                              (int64_t)now_ms * 1000);
    }
}

/* Returns the milliseconds until all are answered. */
static int run_prompts(const struct refuser *server, bool is_adaptive,
                       uint32_t seed, int *refusals)
{
    static struct worker workers[CROWD];
    struct chutes__waker *waker = chutes__waker_new();
    struct chutes__limiter limiter;
    int left = PROMPTS;
    int now_ms = 0;

    assert_non_null(waker);
    memset(workers, 0, sizeof(workers));
    assert_true(chutes__limiter_init(&limiter, CROWD, 0, is_adaptive));
    *refusals = 0;
    for (; left > 0; now_ms += 10) {
        for (size_t i = 0; i < CROWD; i++) {
            step_worker(&limiter, &workers[i], now_ms, &left);
        }
        for (size_t i = 0; i < CROWD; i++) {
            struct worker *worker = &workers[i];
            int64_t due_us;

            if (worker->place.is_active) {
                continue;
            }
            chutes__limiter_enter(&limiter, &worker->place, waker,
                                  (int64_t)now_ms * 1000, &due_us);
            if (worker->place.is_active) {
                worker->is_refused =
                    roll(&seed, 100) < server->percent ||
                    (server->most > 0 && limiter.active > server->most);
                worker->ends_ms =
                    now_ms + (worker->is_refused ? REFUSAL_MS : ANSWER_MS);
                *refusals += worker->is_refused;
            }
        }
    }
    for (size_t i = 0; i < CROWD; i++) {
        chutes__limiter_leave(&limiter, &workers[i].place, OTHER,
                              (int64_t)now_ms * 1000);
    }
    chutes__limiter_dispose(&limiter);
    chutes__waker_release(waker);
    return now_ms;
}

static void random_refusals_do_not_slow_a_crowd_down(void **state)
{
    static const struct refuser server = {15, 0};
    int refusals;

    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        int plain_ms = run_prompts(&server, false, seed, &refusals);
        int adaptive_ms = run_prompts(&server, true, seed, &refusals);

        if (adaptive_ms > 2 * plain_ms) {
            fail_msg("seed %u: %d ms, %d ms without adaptation", (unsigned)seed,
                     adaptive_ms, plain_ms);
        }
    }
}

static void a_server_that_is_full_is_asked_less(void **state)
{
    static const struct refuser server = {0, 8};
    int plain_refusals;
    int adaptive_refusals;
    int plain_ms = 0;
    int adaptive_ms = 0;

    (void)state;
    plain_ms = run_prompts(&server, false, 1, &plain_refusals);
    adaptive_ms = run_prompts(&server, true, 1, &adaptive_refusals);
    assert_true(adaptive_refusals * 10 < plain_refusals);
    assert_true(adaptive_ms < 2 * plain_ms);
}

/* ---- any order of events, in virtual time -------------------------------- */

/* Requests on a few loops arrive, wait, are abandoned and end at random. A loop
 * asks again only when it is rung or at the time it was given. All requests
 * must end. */
enum { ACTORS = 60, LOOPS = 4 };

enum phase { PHASE_NEW, PHASE_WAITING, PHASE_ACTIVE, PHASE_DONE };

struct actor {
    struct chutes__limiter_place place;
    enum phase phase;
    int loop;
    int64_t next_us; /* when it acts by itself */
    int64_t give_up_us;
};

static struct {
    struct chutes__limiter limiter;
    struct chutes__waker *wakers[LOOPS];
    struct actor actors[ACTORS];
    int queue[ACTORS]; /* those that wait, in order */
    int queued;
    int active;
    int done;
    int64_t begun_us[ACTORS];
    int begun;
    int64_t now_us;
    uint64_t seed;
} world;

static int64_t draw(int64_t below)
{
    world.seed ^= world.seed << 13;
    world.seed ^= world.seed >> 7;
    world.seed ^= world.seed << 17;
    return (int64_t)(world.seed % (uint64_t)below);
}

static void open_world(uint64_t seed)
{
    memset(&world, 0, sizeof(world));
    world.seed = seed * 0x9E3779B97F4A7C15u;
    assert_true(chutes__limiter_init(&world.limiter, (int)draw(6),
                                     draw(2) == 0 ? 0 : (double)draw(40),
                                     draw(2) == 0));
    for (int i = 0; i < LOOPS; i++) {
        world.wakers[i] = chutes__waker_new();
        assert_non_null(world.wakers[i]);
    }
    for (int i = 0; i < ACTORS; i++) {
        world.actors[i].loop = (int)draw(LOOPS);
        world.actors[i].next_us = draw(2000000);
        world.actors[i].give_up_us =
            draw(4) == 0 ? world.actors[i].next_us + draw(1000000) : NEVER;
    }
}

static void close_world(void)
{
    for (int i = 0; i < LOOPS; i++) {
        chutes__waker_release(world.wakers[i]);
    }
    chutes__limiter_dispose(&world.limiter);
}

static void take_from_queue(int at)
{
    int i = 0;

    while (world.queue[i] != at) {
        i++;
    }
    world.queued--;
    memmove(&world.queue[i], &world.queue[i + 1],
            (size_t)(world.queued - i) * sizeof(world.queue[0]));
}

static void ask(int at)
{
    struct actor *actor = &world.actors[at];
    int64_t due_us = -1;

    if (actor->phase == PHASE_NEW) {
        world.queue[world.queued++] = at;
        actor->phase = PHASE_WAITING;
    }
    chutes__limiter_enter(&world.limiter, &actor->place,
                          world.wakers[actor->loop], world.now_us, &due_us);
    actor->next_us = due_us;
    if (due_us > world.now_us) {
        return;
    }
    assert_int_equal(world.queue[0], at);
    take_from_queue(at);
    actor->phase = PHASE_ACTIVE;
    actor->next_us = world.now_us + draw(300000);
    world.active++;
    world.begun_us[world.begun++] = world.now_us;
    if (world.limiter.max_concurrent > 0) {
        assert_in_range(world.active, 1, world.limiter.max_concurrent);
    }
    if (world.limiter.allowed > 0) {
        assert_true(world.active <= world.limiter.allowed);
    }
    assert_int_equal(world.active, world.limiter.active);
}

static void end(int at)
{
    static const enum chutes__limiter_verdict verdicts[] = {
        SUCCESS, SUCCESS, SUCCESS, THROTTLED, OTHER};
    struct actor *actor = &world.actors[at];

    if (actor->phase == PHASE_WAITING) {
        take_from_queue(at);
    } else {
        world.active--;
    }
    chutes__limiter_leave(&world.limiter, &actor->place,
                          verdicts[draw((int64_t)COUNT(verdicts))],
                          world.now_us);
    actor->phase = PHASE_DONE;
    actor->next_us = NEVER;
    world.done++;
}

static void act(int at)
{
    struct actor *actor = &world.actors[at];

    if (actor->phase == PHASE_WAITING && actor->give_up_us <= world.now_us) {
        end(at);
        return;
    }
    if (actor->phase == PHASE_DONE || actor->next_us > world.now_us) {
        return;
    }
    if (actor->phase == PHASE_ACTIVE) {
        end(at);
    } else {
        ask(at);
    }
}

/* A loop that was rung asks for all its waiting requests, in any order. */
static bool answer_rings(void)
{
    bool was_rung = false;

    for (int i = 0; i < LOOPS; i++) {
        int from = (int)draw(ACTORS);

        if (!chutes__waker_take(world.wakers[i])) {
            continue;
        }
        was_rung = true;
        for (int j = 0; j < ACTORS; j++) {
            int at = (from + j) % ACTORS;

            if (world.actors[at].loop == i &&
                world.actors[at].phase == PHASE_WAITING) {
                ask(at);
            }
        }
    }
    return was_rung;
}

static int64_t next_moment(void)
{
    int64_t next_us = NEVER;

    for (int i = 0; i < ACTORS; i++) {
        const struct actor *actor = &world.actors[i];

        if (actor->next_us < next_us) {
            next_us = actor->next_us;
        }
        if (actor->phase == PHASE_WAITING && actor->give_up_us < next_us) {
            next_us = actor->give_up_us;
        }
    }
    return next_us;
}

/* In any period, at most one more request may begin than the rate allows. */
static void check_rate(void)
{
    double rate = world.limiter.max_per_second;

    for (int i = 0; rate > 0 && i < world.begun; i++) {
        for (int j = i + 1; j < world.begun; j++) {
            assert_true((double)(world.begun_us[j] - world.begun_us[i]) >=
                        (j - i - 1) * 1e6 / rate);
        }
    }
}

static void whatever_happens_all_get_their_turn(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        open_world(seed);
        while (world.done < ACTORS) {
            int from = (int)draw(ACTORS);

            world.now_us = next_moment();
            if (world.now_us == NEVER) {
                fail_msg("seed %d: %d wait, and nobody rings them", (int)seed,
                         world.queued);
            }
            for (int i = 0; i < ACTORS; i++) {
                act((from + i) % ACTORS);
            }
            while (answer_rings()) {
            }
        }
        check_rate();
        assert_int_equal(world.limiter.active, 0);
        close_world();
    }
}

/* ---- threads ------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 10000, PATIENCE_MS = 60000 };

static struct {
    struct chutes__limiter limiter;
    atomic_int active;
    atomic_int most;
    atomic_int begun;
    atomic_int given_up;
    atomic_int forgotten; /* waited in vain */
} crowd;

static bool wait_for_ring(struct chutes__waker *waker)
{
    struct pollfd fd = {.fd = chutes__waker_fd(waker), .events = POLLIN};

    while (!chutes__waker_take(waker)) {
        if (poll(&fd, 1, PATIENCE_MS) == 0) {
            return false;
        }
        chutes__waker_drain(waker);
    }
    return true;
}

/* Returns false if it was never rung. */
static bool wait_for_turn(struct chutes__limiter_place *place,
                          struct chutes__waker *waker, bool is_patient)
{
    for (;;) {
        int64_t now_us = chutes__clock_now_us();
        int64_t due_us = -1;

        chutes__limiter_enter(&crowd.limiter, place, waker, now_us, &due_us);
        if (due_us <= now_us || !is_patient) {
            return true;
        }
        if (due_us == NEVER && !wait_for_ring(waker)) {
            return false;
        }
    }
}

static void work(struct chutes__limiter_place *place, uint64_t number)
{
    int active = atomic_fetch_add(&crowd.active, 1) + 1;
    int most = atomic_load(&crowd.most);

    while (most < active &&
           !atomic_compare_exchange_weak(&crowd.most, &most, active)) {
    }
    atomic_fetch_add(&crowd.begun, 1);
    atomic_fetch_sub(&crowd.active, 1);
    chutes__limiter_leave(&crowd.limiter, place,
                          number % 16 == 0 ? THROTTLED : SUCCESS,
                          chutes__clock_now_us());
}

static void *join_crowd(void *ctx)
{
    struct chutes__waker *waker = chutes__waker_new();
    struct chutes__limiter_place place = {0};
    uint64_t number = (uint64_t)(uintptr_t)ctx;

    for (int i = 0; waker != NULL && i < ROUNDS; i++) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        if (!wait_for_turn(&place, waker, number >> 33 & 7)) {
            atomic_fetch_add(&crowd.forgotten, 1);
            break;
        }
        if (place.is_active) {
            work(&place, number >> 40);
        } else {
            chutes__limiter_leave(&crowd.limiter, &place, OTHER,
                                  chutes__clock_now_us());
            atomic_fetch_add(&crowd.given_up, 1);
        }
    }
    /* A request that was never rung must not stay in the queue. */
    chutes__limiter_leave(&crowd.limiter, &place, OTHER,
                          chutes__clock_now_us());
    chutes__waker_release(waker);
    return NULL;
}

static void run_crowd(int max_concurrent, double max_per_second,
                      bool is_adaptive)
{
    pthread_t threads[THREADS];

    memset(&crowd, 0, sizeof(crowd));
    assert_true(chutes__limiter_init(&crowd.limiter, max_concurrent,
                                     max_per_second, is_adaptive));
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, join_crowd,
                                        (void *)(uintptr_t)(i + 1)),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(crowd.forgotten, 0);
    assert_int_equal(crowd.begun + crowd.given_up, THREADS * ROUNDS);
    assert_in_range(crowd.most, 1, max_concurrent);
    assert_true(crowd.begun > THREADS * ROUNDS / 2);
    assert_int_equal(crowd.limiter.active, 0);
    assert_true(chutes__list_is_empty(&crowd.limiter.queue));
    chutes__limiter_dispose(&crowd.limiter);
}

static void no_ring_is_lost_between_threads(void **state)
{
    (void)state;
    run_crowd(3, 0, false);
}

static void no_ring_is_lost_between_threads_that_take_turns(void **state)
{
    (void)state;
    run_crowd(1, 0, false);
}

static void no_ring_is_lost_while_the_limits_move(void **state)
{
    (void)state;
    run_crowd(4, 1e6, true);
}

static void a_mutex_that_cannot_be_made_is_told(void **state)
{
    struct chutes__limiter limiter;

    (void)state;
    mutex_error = 12;
    assert_false(chutes__limiter_init(&limiter, 1, 0, false));
    mutex_error = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_all_begin_at_once),
        cmocka_unit_test(
            as_many_as_allowed_begin_and_the_others_wait_to_be_rung),
        cmocka_unit_test(they_begin_in_the_order_they_came),
        cmocka_unit_test(who_comes_later_does_not_overtake),
        cmocka_unit_test(who_begins_rings_the_next_while_there_is_room),
        cmocka_unit_test(a_head_that_gives_up_hands_on_its_turn),
        cmocka_unit_test(whoever_gives_up_behind_the_head_holds_up_nobody),
        cmocka_unit_test(leaving_without_a_place_does_nothing),
        cmocka_unit_test(a_verdict_on_what_never_began_counts_for_nothing),
        cmocka_unit_test(requests_begin_one_slot_apart),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(the_first_begins_at_once_at_any_time),
        cmocka_unit_test(late_timers_do_not_lower_the_rate),
        cmocka_unit_test(idle_time_is_not_made_up_for),
        cmocka_unit_test(the_rate_is_kept_in_turn),
        cmocka_unit_test(both_limits_hold_at_once),
        cmocka_unit_test(throttling_halves_and_success_adds),
        cmocka_unit_test(nothing_is_adapted_unless_asked_for),
        cmocka_unit_test(
            fewer_are_let_in_after_a_decrease_and_more_as_it_recovers),
        cmocka_unit_test(random_refusals_do_not_slow_a_crowd_down),
        cmocka_unit_test(a_server_that_is_full_is_asked_less),
        cmocka_unit_test(whatever_happens_all_get_their_turn),
        cmocka_unit_test(no_ring_is_lost_between_threads),
        cmocka_unit_test(no_ring_is_lost_between_threads_that_take_turns),
        cmocka_unit_test(no_ring_is_lost_while_the_limits_move),
        cmocka_unit_test(a_mutex_that_cannot_be_made_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
