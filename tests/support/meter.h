/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_METER_H
#define CHUTES_TESTS_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

/*
 * A server that counts requests: how many arrived, when, in what order, and how
 * many were active at once. The test decides the answer to each.
 *
 * The texts to embed begin with a number: "17" or "17 and more". The vector of
 * 17 is {17, -17}. The usage of a request is one prompt token per text and
 * twice as many tokens in total. The answer to a chat is "fine".
 */
struct meter;

/* One request, as the test sees it. */
struct meter_request {
    const char *model;
    size_t first; /* the number in the first text; 0 for a chat */
    size_t count; /* number of texts; 0 for a chat */
    int number;   /* from 1 */
    int attempt;  /* among those with the same `first`, from 1 */
    int working;  /* those being worked on, including this one */
};

enum meter_act {
    METER_ANSWER,
    METER_CUT,   /* closes in the middle of the body */
    METER_DROP,  /* closes without an answer */
    METER_STALL, /* never answers */
    METER_WIDE,  /* vectors have one number too many */
    METER_SHORT, /* one vector is missing */
    METER_MUTE   /* without usage */
};

/* The answer. All zero: 200, at once. */
struct meter_reply {
    enum meter_act act;
    int status; /* 0: 200; any other: with an error message */
    int delay_ms;
    int answered;        /* waits until this many requests were answered */
    int together;        /* waits until this many were here at once */
    bool is_held;        /* waits for meter_release() */
    const char *headers; /* more header lines, each with its CR LF; or NULL */
    const char *body;    /* replaces the usual body; or NULL */
};

/* Called under a lock, in the order of `number`. */
typedef void (*meter_fn)(const struct meter_request *request,
                         struct meter_reply *reply, void *user_data);

/* If `decide` is NULL, every request is answered with 200. */
struct meter *meter_start(meter_fn decide, void *user_data);
void meter_stop(struct meter *meter);

/* Options for a client: the URL of this server, a key, no proxy and timeouts of
 * ten seconds. */
chutes_client_options meter_options(const struct meter *meter);
const char *meter_url(const struct meter *meter);

int meter_requests(struct meter *meter);
int meter_most(struct meter *meter);    /* the most that were active at once */
void meter_forget(struct meter *meter); /* resets the counts */
/* `first` and the arrival time of the n-th request, from 1. */
size_t meter_first(struct meter *meter, int n);
int64_t meter_time_us(struct meter *meter, int n);
/* Waits until this many requests have arrived; false on timeout. */
bool meter_await(struct meter *meter, int requests, int timeout_ms);
/* Releases the held requests, and all later ones. */
void meter_release(struct meter *meter);

#endif
