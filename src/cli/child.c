/* SPDX-License-Identifier: MIT */
/* Runs a program with pipes to its standard input and output, and never waits
 * longer for it than until its deadline or an interruption. */
#include "cli/child.h"

#include "cli/alloc.h"
#include "cli/clock.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GLANCE_MS = 10, /* between two checks for its end and for a signal */
    GRACE_MS = 500, /* from SIGTERM to SIGKILL */
    /* We have no descriptors above this. */
    MAX_DESCRIPTORS = 1024,
    READ_BYTES = 16 << 10,
    /* How often to read what is left in the pipe of a program that has ended.
     * Somebody else may write into it for ever. */
    LAST_READS = 16
};

struct run {
    const struct cli_child *child;
    struct cli_child_result *result;
    pid_t pid;  /* 0: it couldn't start */
    int input;  /* our end of each pipe; -1: closed */
    int output; /* likewise */
    size_t written;
};

static void close_end(int *end)
{
    if (*end >= 0) {
        close(*end);
        *end = -1;
    }
}

/* ---- starting it --------------------------------------------------------- */

/* Marks all descriptors but the standard ones close-on-exec: not every version
 * of libcurl does this for its own. */
static void keep_descriptors_from_programs(void)
{
    for (int descriptor = STDERR_FILENO + 1; descriptor < MAX_DESCRIPTORS;
         descriptor++) {
        (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
}

/* Returns the environment without the key. The caller frees the list. */
static char **make_environment(void)
{
    static const char key[] = "CHUTES_API_KEY=";
    size_t count = 0;
    size_t kept = 0;
    char **list;

    while (environ[count] != NULL) {
        count++;
    }
    list = cli_alloc(count + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], key, sizeof(key) - 1) != 0) {
            list[kept++] = environ[i];
        }
    }
    return list;
}

/* Our signals are blocked, and those about failed writes are ignored, which a
 * program would inherit. Returns 0 or an errno. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t ignored;
    int failure;

    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    failure = posix_spawnattr_setsigmask(attributes, &none);
    if (failure == 0) {
        failure = posix_spawnattr_setsigdefault(attributes, &ignored);
    }
    if (failure == 0) {
        failure = posix_spawnattr_setpgroup(attributes, 0);
    }
    if (failure == 0) {
        failure = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                            POSIX_SPAWN_SETPGROUP);
    }
    return failure;
}

/* Returns 0 or an errno. */
static int spawn(struct run *run, int input, int output)
{
    char **list = make_environment();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);

    if (failure != 0) {
        goto no_actions;
    }
    failure = posix_spawnattr_init(&attributes);
    if (failure != 0) {
        goto no_attributes;
    }
    failure = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (failure == 0) {
        failure =
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    }
    if (failure == 0) {
        failure = set_attributes(&attributes);
    }
    if (failure == 0) {
        failure =
            posix_spawnp(&run->pid, run->child->argv[0], &actions, &attributes,
                         (char *const *)run->child->argv, list);
    }
    posix_spawnattr_destroy(&attributes);
no_attributes:
    posix_spawn_file_actions_destroy(&actions);
no_actions:
    free(list);
    return failure;
}

/* Returns 0 or an errno. */
static int start(struct run *run)
{
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};
    int failure;

    if (pipe(input) != 0 || pipe(output) != 0) {
        failure = errno;
    } else {
        keep_descriptors_from_programs();
        cli_interrupt_begin_child();
        failure = spawn(run, input[0], output[1]);
        cli_interrupt_set_child(run->pid);
    }
    close_end(&input[0]);
    close_end(&output[1]);
    run->input = input[1];
    run->output = output[0];
    if (failure == 0 && (fcntl(run->input, F_SETFL, O_NONBLOCK) != 0 ||
                         fcntl(run->output, F_SETFL, O_NONBLOCK) != 0)) {
        failure = errno;
    }
    return failure;
}

/* ---- while it runs ------------------------------------------------------- */

static bool must_try_again(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* A program need not read its input. */
static void write_input(struct run *run)
{
    const char *bytes = run->child->input;
    size_t len = run->child->input_len;
    ssize_t count = write(run->input, bytes + run->written, len - run->written);

    if (count > 0) {
        run->written += (size_t)count;
    }
    if (run->written == len || (count < 0 && !must_try_again())) {
        close_end(&run->input);
    }
}

static void keep(struct run *run, const char *bytes, size_t len)
{
    struct cli_child_result *result = run->result;
    size_t room = run->child->max_output - result->len;
    size_t kept = len < room ? len : room;

    memcpy(result->output + result->len, bytes, kept);
    result->len += kept;
    result->output[result->len] = '\0';
    result->left_out += len - kept;
}

static void read_output(struct run *run)
{
    char bytes[READ_BYTES];
    ssize_t count = read(run->output, bytes, sizeof(bytes));

    if (count > 0) {
        keep(run, bytes, (size_t)count);
    } else if (count == 0 || !must_try_again()) {
        close_end(&run->output);
    }
}

/* Leaves the child a zombie, so that the number of its process group isn't used
 * for another one. */
static bool has_exited(const struct run *run)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
               0 ||
           info.si_pid != 0;
}

static enum cli_child_end attend(struct run *run)
{
    while (!has_exited(run)) {
        struct pollfd ends[] = {{run->output, POLLIN, 0},
                                {run->input, POLLOUT, 0}};

        poll(ends, 2, GLANCE_MS);
        if (ends[0].revents != 0) {
            read_output(run);
        }
        if (ends[1].revents != 0) {
            write_input(run);
        }
        if (cli_interrupt_seen()) {
            return CLI_CHILD_INTERRUPTED;
        }
        if (cli_now_ms() >= run->child->deadline_ms) {
            return CLI_CHILD_LATE;
        }
    }
    return CLI_CHILD_EXITED;
}

/* ---- the end ------------------------------------------------------------- */

/* Lets the program clean up, for a short time. */
static void ask_to_end(const struct run *run)
{
    kill(-run->pid, SIGTERM);
    for (int i = 0; i < GRACE_MS / GLANCE_MS && !has_exited(run); i++) {
        poll(NULL, 0, GLANCE_MS);
    }
}

static void finish(struct run *run)
{
    if (run->result->end != CLI_CHILD_EXITED) {
        ask_to_end(run);
    }
    kill(-run->pid, SIGKILL);
    cli_interrupt_set_child(0);
    while (waitpid(run->pid, &run->result->status, 0) < 0 && errno == EINTR) {
    }
    for (int i = 0; i < LAST_READS && run->output >= 0; i++) {
        read_output(run);
    }
}

int cli_child_run(const struct cli_child *child,
                  struct cli_child_result *result)
{
    struct run run = {.child = child, .result = result};
    int failure;

    memset(result, 0, sizeof(*result));
    result->output = cli_alloc(child->max_output + 1, 1);
    failure = start(&run);
    if (run.pid > 0) {
        result->end = failure == 0 ? attend(&run) : CLI_CHILD_LATE;
        finish(&run);
    }
    close_end(&run.input);
    close_end(&run.output);
    return failure;
}
