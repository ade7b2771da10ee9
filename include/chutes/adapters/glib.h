/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_ADAPTERS_GLIB_H
#define CHUTES_ADAPTERS_GLIB_H

#include <glib.h>

#include <chutes/loop.h>

/*
 * Drives a chutes_loop from GLib, and so from GTK: see chutes_glib_attach() at
 * the end. Everything before it is private. The library doesn't link to GLib;
 * programs that include this header do.
 */

/* GLib holds a reference to the source while it dispatches it, so the source
 * stays valid when a callback frees the loop. */
typedef struct chutes_glib {
    GSource source;
    chutes_loop *loop; /* NULL once it has been freed */
    GQueue watches;
    GQueue ready; /* watches still to be reported */
} chutes_glib;

typedef struct chutes_glib_watch {
    GList link;
    GList ready_link;
    gpointer tag;
    int fd;
    int ready; /* 0 if not in the ready queue */
} chutes_glib_watch;

static inline int chutes_glib_events(GIOCondition condition)
{
    int ready = ((condition & G_IO_IN) != 0 ? CHUTES_LOOP_READABLE : 0) |
                ((condition & G_IO_OUT) != 0 ? CHUTES_LOOP_WRITABLE : 0);

    if ((condition & (G_IO_ERR | G_IO_HUP | G_IO_NVAL)) != 0) {
        ready = CHUTES_LOOP_READABLE | CHUTES_LOOP_WRITABLE;
    }
    return ready;
}

/* Collects all events before it reports any, because callbacks add and remove
 * watches. */
static inline void chutes_glib_collect(chutes_glib *adapter)
{
    GList *link;

    for (link = adapter->watches.head; link != NULL; link = link->next) {
        chutes_glib_watch *watch = (chutes_glib_watch *)link->data;

        watch->ready = chutes_glib_events(
            g_source_query_unix_fd(&adapter->source, watch->tag));
        if (watch->ready != 0) {
            g_queue_push_tail_link(&adapter->ready, &watch->ready_link);
        }
    }
}

static inline gboolean
chutes_glib_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    chutes_glib *adapter = (chutes_glib *)source;
    GList *link;
    gint64 due;

    (void)callback;
    (void)user_data;
    chutes_glib_collect(adapter);
    /* A callback that removes a watch also unlinks it from this queue. */
    while ((link = g_queue_pop_head_link(&adapter->ready)) != NULL) {
        chutes_glib_watch *watch = (chutes_glib_watch *)link->data;
        int ready = watch->ready;

        watch->ready = 0;
        chutes_loop_on_ready(adapter->loop, watch->fd, ready);
    }
    if (adapter->loop == NULL) {
        return G_SOURCE_REMOVE;
    }
    due = g_source_get_ready_time(source);
    if (due != -1 && due <= g_source_get_time(source)) {
        g_source_set_ready_time(source, -1); /* otherwise it stays ready */
        chutes_loop_on_timer(adapter->loop);
    }
    return G_SOURCE_CONTINUE;
}

static inline chutes_glib_watch *
chutes_glib_watch_new(chutes_glib *adapter, int fd, GIOCondition wanted)
{
    chutes_glib_watch *watch = g_new0(chutes_glib_watch, 1);

    watch->fd = fd;
    watch->link.data = watch;
    watch->ready_link.data = watch;
    watch->tag = g_source_add_unix_fd(&adapter->source, fd, wanted);
    g_queue_push_tail_link(&adapter->watches, &watch->link);
    return watch;
}

static inline void chutes_glib_watch_free(chutes_glib *adapter,
                                          chutes_glib_watch *watch)
{
    if (watch->ready != 0) {
        g_queue_unlink(&adapter->ready, &watch->ready_link);
    }
    g_queue_unlink(&adapter->watches, &watch->link);
    g_source_remove_unix_fd(&adapter->source, watch->tag);
    g_free(watch);
}

static inline void *chutes_glib_watch_fd(int fd, int events, void *old,
                                         void *user_data)
{
    chutes_glib *adapter = (chutes_glib *)user_data;
    chutes_glib_watch *watch = (chutes_glib_watch *)old;
    GIOCondition wanted =
        (GIOCondition)(((events & CHUTES_LOOP_READABLE) != 0 ? G_IO_IN : 0) |
                       ((events & CHUTES_LOOP_WRITABLE) != 0 ? G_IO_OUT : 0));

    if (events == 0) {
        if (watch != NULL) {
            chutes_glib_watch_free(adapter, watch);
        }
        return NULL;
    }
    if (watch == NULL) {
        return chutes_glib_watch_new(adapter, fd, wanted);
    }
    g_source_modify_unix_fd(&adapter->source, watch->tag, wanted);
    return watch;
}

static inline void chutes_glib_set_timer(int64_t timeout_ms, void *user_data)
{
    chutes_glib *adapter = (chutes_glib *)user_data;

    g_source_set_ready_time(
        &adapter->source,
        timeout_ms < 0 ? -1 : g_get_monotonic_time() + timeout_ms * 1000);
}

static inline void chutes_glib_detach(void *user_data)
{
    chutes_glib *adapter = (chutes_glib *)user_data;

    adapter->loop = NULL;
    g_source_destroy(&adapter->source);
    g_source_unref(&adapter->source);
}

/**
 * Let GLib drive a loop until chutes_loop_free(). Callbacks of its calls run
 * inside g_main_loop_run() or g_main_context_iteration(), with priority
 * G_PRIORITY_DEFAULT. Only the thread that uses the loop may call this.
 *
 * @param loop     A new loop, neither polled nor attached. It may be freed at
 *                 any time, even by its callbacks. Must not be NULL.
 * @param context  NULL: the default context. Referenced until `loop` is freed.
 *                 The thread that runs it is the one that uses `loop`.
 * @param error    Filled in. May be NULL.
 * @return As chutes_loop_attach().
 */
static inline chutes_status chutes_glib_attach(chutes_loop *loop,
                                               GMainContext *context,
                                               chutes_error *error)
{
    /* GLib itself checks the descriptors and the ready time, so the source has
     * nothing to prepare or check. */
    static GSourceFuncs functions = {NULL, NULL, chutes_glib_dispatch,
                                     NULL, NULL, NULL};
    GSource *source = g_source_new(&functions, sizeof(chutes_glib));
    chutes_loop_hooks hooks = chutes_loop_hooks_default();
    chutes_status status;

    hooks.watch = chutes_glib_watch_fd;
    hooks.timer = chutes_glib_set_timer;
    hooks.detach = chutes_glib_detach;
    hooks.user_data = source;
    ((chutes_glib *)source)->loop = loop;
    g_source_set_name(source, "chutes");
    status = chutes_loop_attach(loop, &hooks, error);
    if (status != CHUTES_OK) {
        g_source_unref(source);
        return status;
    }
    (void)g_source_attach(source, context);
    return CHUTES_OK;
}

#endif
