/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_METER_H
#define CHUTES_TESTS_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

/*
 * A server that counts: how many requests came, when, in what order, and how
 * many were under way at once. The test decides about each.
 *
 * The texts to embed are numbers, and what follows a number is ignored: "17" or
 * "17 and more". The vector of 17 is {17, -17}, and a request costs a token for
 * each of its texts, in total two. A chat answers "fine".
 */
struct meter;

/* One request, as the test sees it. */
struct meter_request {
    const char *model;
    size_t first; /* the first text, as a number; 0 of a chat */
    size_t count; /* of texts; 0 of a chat */
    int number;   /* from 1 */
    int attempt;  /* of the same `first`, from 1 */
    int active;   /* that are under way now, this one included */
};

enum meter_act {
    METER_ANSWER,
    METER_CUT,   /* in the middle of the body */
    METER_DROP,  /* closes without an answer */
    METER_STALL, /* never answers */
    METER_WIDE,  /* vectors of one number more */
    METER_SHORT, /* a vector too few */
    METER_MUTE   /* usage isn't told */
};

/* What becomes of it. All zero: answered with 200 at once. */
struct meter_reply {
    enum meter_act act;
    int status; /* 0: 200; another is told with a message */
    int delay_ms;
    int answered;        /* waits until so many requests had their answer */
    int together;        /* waits until so many were under way at once */
    bool is_held;        /* until meter_release() */
    const char *headers; /* further lines, each ended by CR LF; or NULL */
    const char *body;    /* instead; or NULL */
};

/* Runs under a lock, in the order of `number`. */
typedef void (*meter_fn)(const struct meter_request *request,
                         struct meter_reply *reply, void *user_data);

/* `decide` may be NULL: all is answered. */
struct meter *meter_start(meter_fn decide, void *user_data);
void meter_stop(struct meter *meter);

/* For a client: its URL, a key, no proxy, clocks of ten seconds. */
chutes_client_options meter_options(const struct meter *meter);
const char *meter_url(const struct meter *meter);

int meter_requests(struct meter *meter);
int meter_most(struct meter *meter);    /* that were under way at once */
void meter_forget(struct meter *meter); /* all counts, from here on */
/* Of the n-th request, from 1. */
size_t meter_first(struct meter *meter, int n);
int64_t meter_time_us(struct meter *meter, int n);
/* Waits until so many requests came; false on timeout. */
bool meter_await(struct meter *meter, int requests, int timeout_ms);
/* Lets those that are held go on, and all that come later. */
void meter_release(struct meter *meter);

#endif
