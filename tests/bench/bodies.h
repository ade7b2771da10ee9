/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_BODIES_H
#define CHUTES_BENCH_BODIES_H

#include <stddef.h>

/* The bodies of whole answers, which have the same bytes in each run. The
 * caller frees `bytes`, which are followed by NUL. */
struct text {
    char *bytes;
    size_t len;
};

enum bodies_kind { BODIES_PROSE, BODIES_CODE };
/* Makes an answer to a chat whose content takes about `len` bytes of JSON. */
struct text bodies_answer(enum bodies_kind kind, size_t len);

/* The forms of a vector: numbers of 17 digits, as Python prints floats that it
 * has widened; numbers of 9 digits, which are enough for any float; or the
 * bytes of floats in base64. */
enum bodies_form { BODIES_DIGITS_17, BODIES_DIGITS_9, BODIES_BASE64 };
struct text bodies_vectors(enum bodies_form form, size_t count,
                           size_t dimension);

/* Returns the text of a message, a constant of about 600 bytes. */
const char *bodies_message(void);

#endif
