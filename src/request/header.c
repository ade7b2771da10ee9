/* SPDX-License-Identifier: MIT */
/*
 * Which header names, header values and keys may be sent.
 */
#include "request/header.h"

#include <string.h>

enum { MAX_KEY = 512 };

bool chutes__header_name_is_valid(const char *name)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";

    return name[0] != '\0' && name[strspn(name, token)] == '\0';
}

bool chutes__header_value_is_valid(const char *value)
{
    for (; *value != '\0'; value++) {
        /* Bytes from 0x80 on fail one of the comparisons, whether char is
         * signed or not. */
        if (*value != '\t' && (*value < 0x20 || *value > 0x7E)) {
            return false;
        }
    }
    return true;
}

bool chutes__key_is_valid(const char *key)
{
    size_t len = 0;

    for (; key[len] != '\0'; len++) {
        if (len == MAX_KEY || key[len] < 0x21 || key[len] > 0x7E) {
            return false;
        }
    }
    return len > 0;
}
