/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_LIST_H
#define CHUTES_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A circular, doubly linked list. A link is embedded in the struct that it
 * connects; the head is a link that belongs to no struct of the list. */
struct chutes__link {
    struct chutes__link *next;
    struct chutes__link *previous;
};

/* Returns the struct that contains the link. */
#define CHUTES__LIST_ENTRY(link, type, member) \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void chutes__list_init(struct chutes__link *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool chutes__list_is_empty(const struct chutes__link *head)
{
    return head->next == head;
}

static inline void chutes__list_append(struct chutes__link *head,
                                       struct chutes__link *link)
{
    link->next = head;
    link->previous = head->previous;
    head->previous->next = link;
    head->previous = link;
}

static inline void chutes__list_prepend(struct chutes__link *head,
                                        struct chutes__link *link)
{
    /* Appending inserts before its argument, which here is the first link. */
    chutes__list_append(head->next, link);
}

static inline void chutes__list_remove(struct chutes__link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    chutes__list_init(link);
}

/* Moves a link from its list to the end of another. */
static inline void chutes__list_move(struct chutes__link *head,
                                     struct chutes__link *link)
{
    chutes__list_remove(link);
    chutes__list_append(head, link);
}

#endif
