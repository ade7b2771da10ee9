/* SPDX-License-Identifier: MIT */
/* The demo model: a Markov chain of order two over the words of a small
 * corpus. */
#include "mock/demo_text.h"

#include "base/slice.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* The corpus has fewer than 1,000 words. */
enum { MAX_WORDS = 2048 };
enum { MAX_MATCHES = 64 };
/* The topic of a prompt is one of its words: shorter ones say little about it,
 * and the corpus has no longer ones. */
enum { MIN_TOPIC_LEN = 4 };
enum { MAX_TOPIC_LEN = 31 };
/* A chain can go in circles: it is cut this many words after the minimum. */
enum { MAX_EXTRA_WORDS = 30 };

/* A word of the corpus. */
struct word {
    const char *text;
    size_t len;
    size_t id;   /* equal for equal words */
    bool starts; /* a sentence */
    bool ends;
};

static struct word words[MAX_WORDS];
static size_t word_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

uint64_t mock_demo_hash(uint64_t seed, const char *text, size_t len)
{
    uint64_t hash = seed ^ 0xCBF29CE484222325u;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3u;
    }
    /* FNV mixes its low bits poorly. */
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ (hash >> 32);
}

/* This is SplitMix64. With rand(), each system would write other texts. */
size_t mock_demo_random(uint64_t *state, size_t limit)
{
    uint64_t mixed;

    *state += 0x9E3779B97F4A7C15u;
    mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (size_t)((mixed ^ (mixed >> 31)) % limit);
}

static bool is_same(const struct word *a, const struct word *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void add_word(const char *text, size_t len)
{
    struct word *word = &words[word_count];
    size_t id = 0;

    word->text = text;
    word->len = len;
    /* The search ends at the word itself, if not before. */
    while (!is_same(&words[id], word)) {
        id++;
    }
    word->id = id;
    word_count++;
}

static void read_corpus(void)
{
    for (size_t i = 0; i < mock_demo_corpus_count; i++) {
        const char *at = mock_demo_corpus[i];
        size_t first = word_count;

        while (*at != '\0' && word_count < MAX_WORDS) {
            size_t len = strcspn(at, " ");

            add_word(at, len);
            at += len + strspn(at + len, " ");
        }
        words[first].starts = true;
        words[word_count - 1].ends = true;
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool contains_word(const char *sentence, const char *word)
{
    struct chutes__slice rest = chutes__slice_of(sentence);
    size_t len = strlen(word);

    for (; rest.len > 0; rest.data++, rest.len--) {
        if (chutes__slice_starts_with_nocase(rest, word) &&
            !is_letter(rest.data[len]) &&
            (rest.data == sentence || !is_letter(rest.data[-1]))) {
            return true;
        }
    }
    return false;
}

static size_t find_sentences(const char *text, size_t len, size_t *matches)
{
    char word[MAX_TOPIC_LEN + 1];
    size_t count = 0;

    memcpy(word, text, len);
    word[len] = '\0';
    for (size_t i = 0; i < mock_demo_corpus_count && count < MAX_MATCHES; i++) {
        if (contains_word(mock_demo_corpus[i], word)) {
            matches[count++] = i;
        }
    }
    return count;
}

/* Finds the sentences with the longest word of the prompt that the corpus has,
 * or the last of the longest: it says most about the topic. */
static size_t find_topic(const char *prompt, size_t *matches)
{
    size_t longest = MIN_TOPIC_LEN;
    size_t count = 0;

    while (*prompt != '\0') {
        size_t found[MAX_MATCHES];
        size_t found_count = 0;
        size_t len = 0;

        while (is_letter(prompt[len])) {
            len++;
        }
        if (len >= longest && len <= MAX_TOPIC_LEN) {
            found_count = find_sentences(prompt, len, found);
        }
        if (found_count > 0) {
            longest = len;
            count = found_count;
            memcpy(matches, found, found_count * sizeof(*found));
        }
        prompt += len == 0 ? 1 : len;
    }
    return count;
}

/* Returns the first word of a sentence about the prompt, or of any. */
static size_t pick_start(const char *prompt, uint64_t *state)
{
    size_t matches[MAX_MATCHES];
    size_t count = find_topic(prompt, matches);
    size_t sentence = count > 0
                          ? matches[mock_demo_random(state, count)]
                          : mock_demo_random(state, mock_demo_corpus_count);

    for (size_t i = 0; i < word_count; i++) {
        if (words[i].starts && sentence-- == 0) {
            return i;
        }
    }
    return 0;
}

/* Returns a word that follows the same two words somewhere in the corpus. */
static size_t pick_next(size_t at, uint64_t *state)
{
    size_t matches[MAX_MATCHES];
    size_t count = 0;

    for (size_t i = 1; i + 1 < word_count && count < MAX_MATCHES; i++) {
        if (words[i].id == words[at].id &&
            words[i - 1].id == words[at - 1].id && !words[i].starts &&
            !words[i].ends) {
            matches[count++] = i + 1;
        }
    }
    return count == 0 ? at + 1 : matches[mock_demo_random(state, count)];
}

void mock_demo_write_text(struct mock_bytes *out, const char *prompt,
                          uint64_t seed, size_t min_words)
{
    uint64_t state = seed;
    size_t written = 0;
    size_t at;

    pthread_once(&once, read_corpus);
    at = pick_start(prompt, &state);
    for (;;) {
        if (out->len > 0) {
            (void)mock_bytes_append(out, " ", 1);
        }
        (void)mock_bytes_append(out, words[at].text, words[at].len);
        written++;
        if (words[at].ends && written >= min_words) {
            return;
        }
        if (written >= min_words + MAX_EXTRA_WORDS) {
            (void)mock_bytes_append(out, " and so on.", 11);
            return;
        }
        if (words[at].ends) {
            at = pick_start("", &state);
        } else {
            at = words[at].starts ? at + 1 : pick_next(at, &state);
        }
    }
}
