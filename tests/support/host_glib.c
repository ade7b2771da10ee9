/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "test.h"

#include <stdlib.h>

#include <glib-unix.h>
#include <glib.h>

#include <chutes/adapters/glib.h>

struct state {
    GMainContext *context;
    GMainLoop *main_loop;
    GSource *readable; /* watches chutes_loop_fd() */
    chutes_loop *loop;
    bool (*on_tick)(void *user_data);
    void *user_data;
};

static void *open_host(void)
{
    struct state *state = calloc(1, sizeof(*state));

    assert_non_null(state);
    state->context = g_main_context_new();
    state->main_loop = g_main_loop_new(state->context, FALSE);
    return state;
}

static chutes_status attach(void *opaque, chutes_loop *loop,
                            chutes_error *error)
{
    struct state *state = opaque;

    return chutes_glib_attach(loop, state->context, error);
}

static gboolean tick(gpointer opaque)
{
    struct state *state = opaque;

    if (state->on_tick(state->user_data)) {
        g_main_loop_quit(state->main_loop);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void run(void *opaque, bool (*on_tick)(void *user_data), void *user_data)
{
    struct state *state = opaque;
    GSource *timer = g_timeout_source_new(HOST_TICK_MS);

    state->on_tick = on_tick;
    state->user_data = user_data;
    g_source_set_callback(timer, tick, state, NULL);
    assert_int_not_equal(g_source_attach(timer, state->context), 0);
    g_source_unref(timer);
    g_main_loop_run(state->main_loop);
}

/* A context without sources polls only its own wake-up descriptor. */
static void check_is_empty(GMainContext *context)
{
    gint timeout = 0;

    for (guint id = 1; id < 100; id++) {
        assert_null(g_main_context_find_source_by_id(context, id));
    }
    assert_true(g_main_context_acquire(context));
    (void)g_main_context_prepare(context, NULL);
    assert_int_equal(g_main_context_query(context, G_MAXINT, &timeout, NULL, 0),
                     1);
    assert_int_equal(timeout, -1);
    g_main_context_release(context);
}

static void close_host(void *opaque)
{
    struct state *state = opaque;

    check_is_empty(state->context);
    g_main_loop_unref(state->main_loop);
    g_main_context_unref(state->context);
    free(state);
}

/* ---- by the descriptor ---- */

static gboolean on_readable(gint fd, GIOCondition condition, gpointer loop)
{
    (void)fd;
    assert_int_equal(condition, G_IO_IN);
    host_poll_loop(loop);
    return G_SOURCE_CONTINUE;
}

/* Like g_unix_fd_add(), which supports only the default context. */
static chutes_status watch(void *opaque, chutes_loop *loop, chutes_error *error)
{
    struct state *state = opaque;

    (void)error;
    state->readable = g_unix_fd_source_new(chutes_loop_fd(loop), G_IO_IN);
    g_source_set_callback(state->readable, G_SOURCE_FUNC(on_readable), loop,
                          NULL);
    assert_int_not_equal(g_source_attach(state->readable, state->context), 0);
    return CHUTES_OK;
}

static void unwatch(void *opaque)
{
    struct state *state = opaque;

    g_source_destroy(state->readable);
    g_source_unref(state->readable);
}

const struct host host_glib = {"GLib", false, open_host, attach,
                               NULL,   run,   close_host};
const struct host host_glib_fd = {"GLib, by g_unix_fd_add",
                                  false,
                                  open_host,
                                  watch,
                                  unwatch,
                                  run,
                                  close_host};
