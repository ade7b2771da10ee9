/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CALL_H
#define CHUTES_TESTS_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "peer.h"

/*
 * Calls of the client as tests make them: the four kinds and the ways to wait
 * for them behind one function, what came of them in one struct, and a watch
 * that the key and the prompt never show up in a log line or an error.
 */

/* What every call of these functions sends, and what must never be told. */
#define CALL_KEY "cpk_CANARY0123456789abcdefCANARY"
#define CALL_PROMPT "PROMPT-CANARY-5f1d"

enum call_kind {
    CALL_CHAT,   /* one answer */
    CALL_STREAM, /* streamed */
    CALL_EMBED,  /* two inputs */
    CALL_MODELS,
    CALL_KINDS
};

enum call_mode {
    CALL_BLOCKING,
    CALL_ON_LOOP, /* started on a loop of its own, which is polled */
    CALL_PULLED,  /* by the iterator: CALL_STREAM alone */
    CALL_MODES
};

/* Everything a stream told, and what the callback is to do about it. */
struct call_events {
    char *text; /* a line for each event, see call_on_event() */
    size_t len;
    size_t cap;
    int count;
    int stop_at;  /* the event to stop at, from 1; 0: none */
    bool is_over; /* the call ended: there may be no more */
    /* Called behind each event that was recorded. May be NULL. */
    void (*hook)(struct call_events *events, void *user_data);
    void *user_data;
};

struct call {
    enum call_kind kind;
    enum call_mode mode;
    int choices;       /* to ask for; 0: none told */
    chutes_loop *loop; /* of CALL_ON_LOOP; NULL: one of its own */
    struct call_events events;
    chutes_status status;
    chutes_error error;
    chutes_chat_response *chat; /* of CALL_CHAT and CALL_STREAM */
    chutes_embed_response *embed;
    chutes_models_response *models;
    int64_t elapsed_us;
    int dones; /* completions of CALL_ON_LOOP */
};

/* "chat", "stream", "embed", "models". */
const char *call_kind_name(enum call_kind kind);
/* "blocking", "loop", "iterator". */
const char *call_mode_name(enum call_mode mode);
/* The iterator knows streams alone. */
bool call_can_run(enum call_kind kind, enum call_mode mode);

/* Takes what the host has set for the library out of the environment. */
void call_clear_environment(void);

/* For a peer: its URL, CALL_KEY, no proxy, a log at its loudest that is watched
 * for the key, clocks of ten seconds, so that no test hangs, and no retries. */
chutes_client_options call_options(const struct peer *peer);
/* The same for another server. */
chutes_client_options call_options_for(const char *url);

/* A client that must come to be. */
chutes_client *call_client(const chutes_client_options *options);

/* A text of so many letters, for free(). */
char *call_long_text(size_t len);

/* A peer without TLS and a client of call_options() for it. */
struct call_pair {
    struct peer *peer;
    chutes_client *client;
};
struct call_pair call_open(const char *script);
void call_close(struct call_pair pair);

/* What CALL_CHAT and CALL_STREAM ask for; for tests that ask for more. */
chutes_chat_params call_chat_params(void);
/* What CALL_EMBED asks for. */
chutes_embed_params call_embed_params(void);

/* Makes a call and keeps everything about it; starts from a zeroed struct, in
 * which kind and mode, and of events what the callback is to do, may be set.
 * On a loop it checks that the completion comes exactly once, from the loop,
 * and no event behind it. */
void call_run(struct call *call, chutes_client *client);
/* The same with parameters of the test's own; on_event and user_data are set
 * for CALL_STREAM. */
void call_run_chat(struct call *call, chutes_client *client,
                   const chutes_chat_params *params);
/* Keeps kind and mode. */
void call_dispose(struct call *call);

/* The callback behind CALL_STREAM; user_data is a struct call_events. Lines are
 * "content 0 TEXT", "reasoning 0 TEXT", "refusal 0 TEXT",
 * "tool 0 INDEX ID NAME DELTA", "tool-done 0 INDEX ID NAME ARGUMENTS",
 * "restart", "usage PROMPT COMPLETION TOTAL", "finish 0 REASON". */
int call_on_event(const chutes_chat_event *event, void *user_data);

/* To the next kind and mode, from zero on; false: that was all. */
bool call_next_way(struct call *call);

/* Ends the test unless the call came to this; of a success only the status
 * counts. */
void call_expect(const struct call *call, chutes_status status,
                 chutes_outcome outcome, int attempts);

/* Whatever the result is: present or NULL. */
const chutes_response_info *call_info(const struct call *call);

/* How often the key or the prompt was seen in a log line, since the start. */
int call_leaks(void);
/* Log lines so far: a watch that sees nothing proves nothing. */
int call_log_lines(void);

/* Open descriptors, and threads, of the process. */
int call_count_descriptors(void);
int call_count_threads(void);
/* Wait until no more than this many are left, and fail the test after the
 * timeout. A thread that was joined may be listed for a moment, and a peer may
 * accept a connection after its client has closed it. */
void call_await_descriptors(int count, int timeout_ms);
void call_await_threads(int count, int timeout_ms);

/* Milliseconds, and many times as many where everything is slow: under
 * valgrind. */
int call_patience_ms(int ms);

#endif
