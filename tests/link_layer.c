/* SPDX-License-Identifier: MIT */
/* Empty on purpose: the layers' objects are linked to this, and to nothing
 * else, to prove that they need nothing else. */
extern int chutes__link_layer;
int chutes__link_layer;
