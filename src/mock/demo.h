/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_H
#define CHUTES_MOCK_DEMO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An OpenAI-compatible server for people without a key and for testing
 * programs: chat completions, embeddings and models at
 * http://127.0.0.1:PORT/v1. It is not an AI, and says so: texts come from a
 * small Markov chain, embeddings from hashed words, and every model is named
 * `demo/…`.
 */
struct mock_demo;

/* The models it offers. A request for a default model of the command or of the
 * examples is answered by one of these; any other name is answered 404. */
#define MOCK_DEMO_CHAT_MODEL "demo/markov-1"
#define MOCK_DEMO_PARROT_MODEL "demo/parrot-1" /* repeats the last message */
#define MOCK_DEMO_EMBEDDING_MODEL "demo/hash-embed-1"

/* One answered request, for a log line. Valid until the callback returns. */
struct mock_demo_request {
    const char *method;
    const char *path;
    int status; /* 0: closed without an answer */
    int number; /* from 1 */
    bool is_stream;
};

/* All zero: any free port, no faults. */
struct mock_demo_options {
    int port;      /* 0: any free one */
    unsigned seed; /* equal seeds and prompts give equal texts */
    int delay_ms;  /* between the events of a stream */
    /* Any other key is answered 401. NULL: a key isn't required, and any is
     * accepted. Copied. */
    const char *api_key;

    /* Faults; 0 turns each off. */
    size_t split_bytes; /* the most bytes of each write */
    int first_byte_ms;  /* the delay before each answer */
    int stall_after;    /* nothing more after this many events of a stream */
    int cut_after;      /* closes the connection after … */
    int reset_after;    /* resets the connection after … */
    int error_after;    /* sends an error event and ends the stream after … */
    int garbage_after;  /* sends one event that is not JSON after … */
    bool no_done;       /* streams end without [DONE] */
    int every_429;      /* every n-th request: a rate limit */
    int every_500;      /* …: a server error */
    int every_503;      /* …: no instance available */
    int every_html;     /* …: status 502 and an HTML page, as from a proxy */
    int every_504;      /* …: an HTML page, as from the edge of Chutes */
    int every_budget;   /* …: LiteLLM's 429 for an exceeded budget */
    int every_drop;     /* …: closed without an answer */
    int percent_429;    /* this share of the requests, at random */
    int max_parallel;   /* more concurrent requests are answered 429 */
    bool no_finish;     /* no choice has a finish_reason */
    bool has_choice_ids;  /* every choice has its own id, as from SGLang */
    bool holds_open;      /* a stream's body has no end: the connection stays */
    bool closes_after;    /* promises keep-alive, then closes the connection */
    int idle_close_ms;    /* closes a connection that is idle this long */
    bool takes_any_model; /* no model name is answered 404 */

    /* Called on a thread of the server. May be NULL. */
    void (*on_request)(const struct mock_demo_request *request,
                       void *user_data);
    void *user_data;
};

/* Starts a demo server. Returns NULL on failure, with the cause, a constant, in
 * *reason. */
struct mock_demo *mock_demo_start(const struct mock_demo_options *options,
                                  const char **reason);
/* Stops and frees a demo server. NULL is ignored. */
void mock_demo_stop(struct mock_demo *demo);
int mock_demo_port(const struct mock_demo *demo);
/* Returns "http://127.0.0.1:PORT/v1/", which is valid until
 * mock_demo_stop(). */
const char *mock_demo_url(const struct mock_demo *demo);
int mock_demo_requests(const struct mock_demo *demo);

#endif
