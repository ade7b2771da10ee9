/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CALL_H
#define CHUTES_TESTS_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "peer.h"

/*
 * Makes calls of the client. One function covers the six kinds of call and the
 * ways to wait for them, one struct holds the result, and the log is searched
 * for the key and the prompt, which must never appear in it or in an error.
 */

/* Every call sends these; no log line and no error may contain them. */
#define CALL_KEY "cpk_CANARY0123456789abcdefCANARY"
#define CALL_PROMPT "PROMPT-CANARY-5f1d"

enum call_kind {
    CALL_CHAT,   /* not streamed */
    CALL_STREAM, /* streamed */
    CALL_EMBED,  /* two inputs */
    CALL_MODELS,
    CALL_INVOKE, /* a POST that wants JSON */
    CALL_RERANK, /* two documents; stands for all that json_call.c does */
    CALL_KINDS
};

enum call_mode {
    CALL_BLOCKING,
    CALL_ON_LOOP, /* started on a loop, which is polled */
    CALL_PULLED,  /* read with the iterator; only for CALL_STREAM */
    CALL_MODES
};

/* The recorded events of a stream, and what the callback does with each. */
struct call_events {
    char *text; /* one line per event, see call_on_event() */
    size_t len;
    size_t cap;
    int count;
    int stop_at;  /* the event at which to stop, from 1; 0: none */
    bool is_over; /* the call has ended: further events are an error */
    /* Called after each event has been recorded. May be NULL. */
    void (*hook)(struct call_events *events, void *user_data);
    void *user_data;
};

struct call {
    enum call_kind kind;
    enum call_mode mode;
    int choices;       /* the parameter `n`; 0: unset */
    chutes_loop *loop; /* for CALL_ON_LOOP; NULL: a new one for this call */
    struct call_events events;
    chutes_status status;
    chutes_error error;
    chutes_chat_response *chat; /* of CALL_CHAT and CALL_STREAM */
    chutes_embed_response *embed;
    chutes_models_response *models;
    chutes_invoke_response *invoke;
    chutes_rerank_response *rerank;
    int64_t elapsed_us;
    int dones; /* number of completions, for CALL_ON_LOOP */
};

/* "chat", "stream", "embed", "models", "invoke", "rerank". */
const char *call_kind_name(enum call_kind kind);
/* "blocking", "loop", "iterator". */
const char *call_mode_name(enum call_mode mode);
/* False only for CALL_PULLED with anything but CALL_STREAM. */
bool call_can_run(enum call_kind kind, enum call_mode mode);

/* Removes the variables that the library reads from the environment. */
void call_clear_environment(void);

/* Options for a client of this peer: its URL, CALL_KEY, no proxy, no retries, a
 * log at debug level that is searched for the secrets, and timeouts of ten
 * seconds, so that no test hangs. */
chutes_client_options call_options(const struct peer *peer);
/* The same for another server. */
chutes_client_options call_options_for(const char *url);

/* Creates a client; fails the test on failure. */
chutes_client *call_client(const chutes_client_options *options);

/* A text of `len` letters, which the caller frees with free(). */
char *call_long_text(size_t len);

/* A peer without TLS and a client of call_options() for it. */
struct call_pair {
    struct peer *peer;
    chutes_client *client;
};
struct call_pair call_open(const char *script);
void call_close(struct call_pair pair);

/* The parameters of CALL_CHAT and CALL_STREAM, for tests that add to them. */
chutes_chat_params call_chat_params(void);

/* Copies a struct as an older version of the library has it: shorter, and with
 * no memory behind it. The caller frees it with free(). */
void *call_make_older(const void *given, size_t size);
/* The parameters of CALL_EMBED. */
chutes_embed_params call_embed_params(void);

/* The parameters of CALL_INVOKE. */
chutes_invoke_params call_invoke_params(void);

/* The parameters of CALL_RERANK. */
chutes_rerank_params call_rerank_params(void);

/* Parameters with which chutes_image_generate() sends a prompt to
 * "/generate". */
chutes_image_params call_image_params(void);
/* Parameters with which chutes_speech() sends a text to OpenAI's path. */
chutes_speech_params call_speech_params(void);
/* Parameters with which chutes_transcribe() sends a form to OpenAI's path. */
chutes_transcribe_params call_transcribe_params(void);

/* Makes a call and stores everything about it. Start from a zeroed struct in
 * which kind, mode and the settings of `events` may be set. On a loop, asserts
 * that the completion comes exactly once, from the loop, and that no event
 * follows it. */
void call_run(struct call *call, chutes_client *client);
/* The same with the given parameters; on_event and user_data are set for
 * CALL_STREAM. */
void call_run_chat(struct call *call, chutes_client *client,
                   const chutes_chat_params *params);
/* Frees the results, and resets everything but kind and mode. */
void call_dispose(struct call *call);

/* The callback of CALL_STREAM; user_data is a struct call_events. The lines are
 * "content 0 TEXT", "reasoning 0 TEXT", "refusal 0 TEXT", "tool 0 INDEX ID NAME
 * DELTA", "tool-done 0 INDEX ID NAME ARGUMENTS", "restart", "usage PROMPT
 * COMPLETION TOTAL" and "finish 0 REASON", where 0 is the index of the
 * choice. */
int call_on_event(const chutes_chat_event *event, void *user_data);

/* Advances to the next combination of kind and mode, and zeroes the rest. The
 * first combination is all zero. Returns false after the last. */
bool call_next_way(struct call *call);

/* Fails the test unless the call ended like this. For CHUTES_OK, only the
 * status is compared. */
void call_expect(const struct call *call, chutes_status status,
                 chutes_outcome outcome, int attempts);

/* Returns the info of the result, whatever its kind. NULL if there is no
 * result. */
const chutes_response_info *call_info(const struct call *call);

/* Does the text contain the key or the prompt? */
bool call_tells_secret(const char *text);

/* How many log lines contained the key or the prompt, since the start of the
 * process. */
int call_leaks(void);
/* Log lines so far. A test that finds no leak must also find log lines. */
int call_log_lines(void);

/* Open descriptors and threads of the process. Compare two counts: either is
 * too high by a constant. */
int call_count_descriptors(void);
int call_count_threads(void);
/* Wait until at most `count` are left; fail the test after the timeout. A
 * joined thread may stay listed for a moment, and a peer may accept a
 * connection after its client has closed it. */
void call_await_descriptors(int count, int timeout_ms);
void call_await_threads(int count, int timeout_ms);

/* Returns `ms`, or a multiple of it where everything is slow, as under
 * valgrind. */
int call_patience_ms(int ms);

/* Returns the longest that something may take which takes at most `ms` on an
 * idle machine: a multiple of `ms`, because other programs, and the host of a
 * virtual machine, may stop a test for a while. Where the environment has
 * CHUTES_TEST_STRICT, the bound is call_patience_ms(ms): the nightly tests set
 * it, which run one at a time. */
int call_bound_ms(int ms);

#endif
