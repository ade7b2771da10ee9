/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_H
#define CHUTES_MOCK_DEMO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An OpenAI-compatible server for people without a key and for tests of
 * programs: chat completions, embeddings and models on
 * http://127.0.0.1:PORT/v1. It is no AI, and says so: texts come from a small
 * Markov chain, embeddings from hashed words, and every model is called
 * `demo/…`.
 */
struct mock_demo;

/* The models it answers as. The default models of the command and of the
 * examples are answered as well, in their place; any other name is answered
 * 404. */
#define MOCK_DEMO_CHAT_MODEL "demo/markov-1"
#define MOCK_DEMO_PARROT_MODEL "demo/parrot-1" /* repeats the last message */
#define MOCK_DEMO_EMBEDDING_MODEL "demo/hash-embed-1"

/* One answered request, for a log line. Borrowed until the callback returns. */
struct mock_demo_request {
    const char *method;
    const char *path;
    int status; /* 0: the connection was closed without an answer */
    int number; /* from 1 */
    bool is_stream;
};

/* All zero is a server without faults on a port of the kernel's choice. */
struct mock_demo_options {
    int port;      /* 0: the kernel picks */
    unsigned seed; /* of texts, beside the prompt: the same, the same text */
    int delay_ms;  /* between the events of a stream */
    const char *api_key; /* the only key taken, else 401; NULL: any, or none.
                            Copied */

    /* Faults; 0 is off. */
    size_t split_bytes;  /* every answer in writes of so many bytes */
    int first_byte_ms;   /* silence before every answer */
    int stall_after;     /* so many events of a stream, then silence */
    int cut_after;       /* … then the connection is closed */
    int reset_after;     /* … then the connection is reset */
    int error_after;     /* … then an error inside the stream, and its end */
    int garbage_after;   /* … then an event that is no JSON, and on */
    bool no_done;        /* streams end without [DONE] */
    int every_429;       /* every n-th request is answered so: rate limit */
    int every_500;       /* server error */
    int every_503;       /* no instance available */
    int every_html;      /* status 502 and an HTML page, as proxies send */
    int every_504;       /* an HTML page, as the edge of Chutes sends it */
    int every_budget;    /* LiteLLM's 429 for a budget that is used up */
    int every_drop;      /* closed without an answer */
    int percent_429;     /* so many of a hundred requests, at random */
    int max_parallel;    /* requests beyond so many at once are answered 429 */
    bool no_finish;      /* no choice has a finish_reason */
    bool has_choice_ids; /* each choice of a stream has an id of its own, as
                            SGLang gives them */
    bool holds_open;     /* the connection stays open behind a stream that has
                            no end on the wire */
    bool closes_after;   /* promises to keep the connection, and closes it */
    int idle_close_ms;   /* closes a connection that was idle for so long */
    bool takes_any_model;

    /* Called on a thread of the server. May be NULL. */
    void (*on_request)(const struct mock_demo_request *request,
                       void *user_data);
    void *user_data;
};

/* NULL on failure; *reason then says why (a constant). */
struct mock_demo *mock_demo_start(const struct mock_demo_options *options,
                                  const char **reason);
/* NULL does nothing. */
void mock_demo_stop(struct mock_demo *demo);
int mock_demo_port(const struct mock_demo *demo);
/* "http://127.0.0.1:PORT/v1/"; borrowed. */
const char *mock_demo_url(const struct mock_demo *demo);
int mock_demo_requests(const struct mock_demo *demo);

#endif
