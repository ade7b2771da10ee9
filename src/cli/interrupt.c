/* SPDX-License-Identifier: MIT */
#include "cli/interrupt.h"
#include "cli/exit_code.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_NS 50000000L

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static chutes_client *watched;
static bool is_held;
static bool is_seen;

static void name_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
}

static void cancel_watched(void)
{
    pthread_mutex_lock(&lock);
    if (watched != NULL) {
        chutes_client_cancel_all(watched);
    }
    pthread_mutex_unlock(&lock);
}

static void take_first(void)
{
    bool is_alone;

    pthread_mutex_lock(&lock);
    is_seen = true;
    is_alone = watched == NULL && !is_held;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (is_alone) {
        _exit(CLI_EXIT_INTERRUPTED);
    }
}

/* A cancel reaches the calls that run at that moment, and ours may be about to
 * start: so it is said again and again. */
static void *watch(void *unused)
{
    const struct timespec again = {0, AGAIN_NS};
    sigset_t signals;
    int number;

    (void)unused;
    name_signals(&signals);
    sigwait(&signals, &number);
    take_first();
    do {
        cancel_watched();
    } while (sigtimedwait(&signals, NULL, &again) < 0);
    _exit(CLI_EXIT_INTERRUPTED);
}

bool cli_interrupt_start(void)
{
    sigset_t signals;

    signal(SIGPIPE, SIG_IGN); /* writes report it: see cli_write() */
    name_signals(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return pthread_create(&thread, NULL, watch, NULL) == 0;
}

void cli_interrupt_stop(void)
{
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

void cli_interrupt_watch(chutes_client *client)
{
    pthread_mutex_lock(&lock);
    watched = client;
    pthread_mutex_unlock(&lock);
}

void cli_interrupt_hold(void)
{
    pthread_mutex_lock(&lock);
    is_held = true;
    pthread_mutex_unlock(&lock);
}

bool cli_interrupt_seen(void)
{
    bool is_so;

    pthread_mutex_lock(&lock);
    is_so = is_seen;
    pthread_mutex_unlock(&lock);
    return is_so;
}

void cli_interrupt_await(void)
{
    pthread_mutex_lock(&lock);
    while (!is_seen) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}
