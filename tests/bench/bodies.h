/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_BODIES_H
#define CHUTES_BENCH_BODIES_H

#include <stddef.h>

/* The bodies of whole answers; the same bytes in each run. The caller frees
 * `bytes`, which are followed by NUL. */
struct text {
    char *bytes;
    size_t len;
};

enum bodies_kind { BODIES_PROSE, BODIES_CODE };
/* An answer to a chat, whose content has about `len` bytes of JSON. */
struct text bodies_answer(enum bodies_kind kind, size_t len);

/* Numbers of 17 digits, as Python prints floats that it has widened, or of 9,
 * which are enough for any float; or the bytes of floats. */
enum bodies_form { BODIES_DIGITS_17, BODIES_DIGITS_9, BODIES_BASE64 };
struct text bodies_vectors(enum bodies_form form, size_t count,
                           size_t dimension);

/* The text of a message of some 600 bytes. Constant. */
const char *bodies_message(void);

#endif
