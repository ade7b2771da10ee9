/* SPDX-License-Identifier: MIT */
/* Turns signals into cancelled calls. One thread waits for signals, so that
 * nothing has to run in a signal handler. */
#include "cli/interrupt.h"

#include "cli/exit_code.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_NS 50000000L
/* The signal that ends the thread once is_over is set. Before that, it is
 * ignored, which is also its default action. */
#define OVER SIGURG

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static chutes_client *watched;
static bool is_held;
static bool is_over;
static bool is_starting; /* a child, whose number isn't known yet */
static pid_t child;      /* the process group of the child; 0: none */
static int seen;         /* the first signal; 0: none yet */
static sigset_t signals;

/* A signal that nohup or a shell has set to be ignored stays ignored. */
static void add_unless_ignored(int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_IGN) {
        sigaddset(&signals, number);
    }
}

/* Ends the process by the signal's default action. It keeps the lock, so that
 * no child can start any more. */
static _Noreturn void die_by(int number)
{
    sigset_t only;

    pthread_mutex_lock(&lock);
    while (is_starting) {
        pthread_cond_wait(&changed, &lock);
    }
    if (child > 0) {
        kill(-child, SIGKILL);
    }
    sigemptyset(&only);
    sigaddset(&only, number);
    signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
    _exit(CLI_EXIT_INTERRUPTED);
}

static void cancel_watched(void)
{
    pthread_mutex_lock(&lock);
    if (watched != NULL) {
        chutes_client_cancel_all(watched);
    }
    pthread_mutex_unlock(&lock);
}

/* Is there nothing that a signal must wait for or cancel? The caller holds the
 * lock. */
static bool is_alone(void)
{
    return watched == NULL && !is_held && !is_starting && child == 0;
}

static void note_first(int number)
{
    bool must_die;

    pthread_mutex_lock(&lock);
    seen = number;
    must_die = is_alone();
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (must_die) {
        die_by(number);
    }
}

static bool is_noise(int number)
{
    bool is_so;

    pthread_mutex_lock(&lock);
    is_so = number == OVER && !is_over;
    pthread_mutex_unlock(&lock);
    return is_so;
}

/* Cancels repeatedly after the first signal: a cancel only reaches calls that
 * are running, and ours may be about to start. */
static void *watch(void *unused)
{
    const struct timespec again = {0, AGAIN_NS};
    int number;

    (void)unused;
    do {
        sigwait(&signals, &number);
    } while (is_noise(number));
    if (number == OVER) {
        return NULL;
    }
    note_first(number);
    do {
        cancel_watched();
        number = sigtimedwait(&signals, NULL, &again);
    } while (number < 0 || is_noise(number));
    if (number != OVER) {
        die_by(number);
    }
    return NULL;
}

bool cli_interrupt_start(void)
{
    /* Writes report these: see cli_write(). */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    /* A parent may have left this ignored; then the system would discard the
     * exit codes of our children. */
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&signals);
    add_unless_ignored(SIGINT);
    add_unless_ignored(SIGTERM);
    add_unless_ignored(SIGHUP); /* the terminal was closed */
    sigaddset(&signals, OVER);
    /* All later threads inherit the mask, so that only watch() takes these
     * signals. */
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return pthread_create(&thread, NULL, watch, NULL) == 0;
}

void cli_interrupt_stop(void)
{
    pthread_mutex_lock(&lock);
    is_over = true;
    pthread_mutex_unlock(&lock);
    pthread_kill(thread, OVER);
    pthread_join(thread, NULL);
    if (seen != 0) {
        die_by(seen);
    }
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

void cli_interrupt_begin_child(void)
{
    pthread_mutex_lock(&lock);
    is_starting = true;
    pthread_mutex_unlock(&lock);
}

void cli_interrupt_set_child(pid_t group)
{
    bool must_die;

    pthread_mutex_lock(&lock);
    is_starting = false;
    child = group;
    must_die = seen != 0 && is_alone();
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (must_die) {
        die_by(seen);
    }
}

bool cli_interrupt_seen(void)
{
    bool is_so;

    pthread_mutex_lock(&lock);
    is_so = seen != 0;
    pthread_mutex_unlock(&lock);
    return is_so;
}

void cli_interrupt_await(void)
{
    pthread_mutex_lock(&lock);
    while (seen == 0) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}
