/* SPDX-License-Identifier: MIT */
/* Reads a chute. */
#include "codec/chute_entry.h"

#include "base/error.h"
#include "codec/chute_price.h"
#include "codec/elements.h"
#include "codec/fields.h"

/* Chutes allows no larger page. A longer list of short entries could exhaust
 * memory: each becomes a struct. */
enum { MAX_CHUTES = 5000 };

/* ---- objects inside ------------------------------------------------------ */

static const struct chutes__slice IMAGE_NAMES[] = {CHUTES__FIELD("name"),
                                                   CHUTES__FIELD("tag")};
static const struct chutes__record_member IMAGE_MEMBERS[] = {
    {offsetof(chutes_chute, image_name), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, image_tag), CHUTES__RECORD_TEXT},
};

static const struct chutes__slice USER_NAMES[] = {CHUTES__FIELD("username")};
static const struct chutes__record_member USER_MEMBERS[] = {
    {offsetof(chutes_chute, username), CHUTES__RECORD_TEXT},
};

static const struct chutes__slice SELECTOR_NAMES[] = {
    CHUTES__FIELD("gpu_count"), CHUTES__FIELD("min_vram_gb_per_gpu")};
static const struct chutes__record_member SELECTOR_MEMBERS[] = {
    {offsetof(chutes_chute, gpu_count), CHUTES__RECORD_COUNT},
    {offsetof(chutes_chute, min_vram_gb_per_gpu), CHUTES__RECORD_COUNT},
};

static const struct chutes__record_type IMAGE = {IMAGE_NAMES,
                                                 IMAGE_MEMBERS,
                                                 CHUTES__COUNT(IMAGE_NAMES),
                                                 sizeof(chutes_chute),
                                                 0,
                                                 NULL};
static const struct chutes__record_type USER = {
    USER_NAMES, USER_MEMBERS, CHUTES__COUNT(USER_NAMES), sizeof(chutes_chute),
    0,          NULL};
static const struct chutes__record_type SELECTOR = {
    SELECTOR_NAMES,
    SELECTOR_MEMBERS,
    CHUTES__COUNT(SELECTOR_NAMES),
    sizeof(chutes_chute),
    0,
    NULL};

static void count_instances(const struct chutes__json_value *instances,
                            chutes_chute *chute)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("active"),
                                                 CHUTES__FIELD("verified")};
    struct chutes__json_value values[CHUTES__COUNT(names)];
    struct chutes__json_reader reader;

    chute->instance_count = -1;
    chute->active_instance_count = -1;
    if (instances->type != CHUTES__JSON_ARRAY) {
        return;
    }
    chute->instance_count = 0;
    chute->active_instance_count = 0;
    chutes__elements_open(&reader, instances->text);
    while (chutes__json_next_element(&reader)) {
        (void)chutes__fields_read(names, CHUTES__COUNT(names), &reader, values);
        chute->instance_count++;
        chute->active_instance_count += values[0].type == CHUTES__JSON_TRUE &&
                                        values[1].type == CHUTES__JSON_TRUE;
    }
}

/* ---- the chute ----------------------------------------------------------- */

enum {
    FIRST_OTHER = 17,
    CHUTE_IMAGE = FIRST_OTHER,
    CHUTE_USER,
    CHUTE_SELECTOR,
    CHUTE_GPUS,
    CHUTE_INSTANCES,
    CHUTE_PRICE,
    CHUTE_COUNT
};

static const struct chutes__slice NAMES[CHUTE_COUNT] = {
    CHUTES__FIELD("chute_id"),
    CHUTES__FIELD("name"),
    CHUTES__FIELD("tagline"),
    CHUTES__FIELD("readme"),
    CHUTES__FIELD("slug"),
    CHUTES__FIELD("standard_template"),
    CHUTES__FIELD("version"),
    CHUTES__FIELD("revision"),
    CHUTES__FIELD("cord_ref_id"),
    CHUTES__FIELD("created_at"),
    CHUTES__FIELD("updated_at"),
    CHUTES__FIELD("invocation_count"),
    CHUTES__FIELD("concurrency"),
    CHUTES__FIELD("max_instances"),
    CHUTES__FIELD("public"),
    CHUTES__FIELD("hot"),
    CHUTES__FIELD("tee"),
    [CHUTE_IMAGE] = CHUTES__FIELD("image"),
    [CHUTE_USER] = CHUTES__FIELD("user"),
    [CHUTE_SELECTOR] = CHUTES__FIELD("node_selector"),
    [CHUTE_GPUS] = CHUTES__FIELD("supported_gpus"),
    [CHUTE_INSTANCES] = CHUTES__FIELD("instances"),
    [CHUTE_PRICE] = CHUTES__FIELD("current_estimated_price"),
};

static const struct chutes__record_member MEMBERS[CHUTE_COUNT] = {
    {offsetof(chutes_chute, chute_id), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, name), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, tagline), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, readme), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, slug), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, standard_template), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, version), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, revision), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, cord_ref_id), CHUTES__RECORD_TEXT},
    {offsetof(chutes_chute, created_at), CHUTES__RECORD_TIME},
    {offsetof(chutes_chute, updated_at), CHUTES__RECORD_TIME},
    {offsetof(chutes_chute, invocation_count), CHUTES__RECORD_COUNT},
    {offsetof(chutes_chute, concurrency), CHUTES__RECORD_COUNT},
    {offsetof(chutes_chute, max_instances), CHUTES__RECORD_COUNT},
    {offsetof(chutes_chute, is_public), CHUTES__RECORD_FLAG},
    {offsetof(chutes_chute, is_hot), CHUTES__RECORD_FLAG},
    {offsetof(chutes_chute, tee), CHUTES__RECORD_FLAG},
    [CHUTE_IMAGE] = {0, CHUTES__RECORD_OTHER},
    [CHUTE_USER] = {0, CHUTES__RECORD_OTHER},
    [CHUTE_SELECTOR] = {0, CHUTES__RECORD_OTHER},
    [CHUTE_GPUS] = {0, CHUTES__RECORD_OTHER},
    [CHUTE_INSTANCES] = {0, CHUTES__RECORD_OTHER},
    [CHUTE_PRICE] = {0, CHUTES__RECORD_OTHER},
};

static chutes_status read_others(const struct chutes__json_value *values,
                                 struct chutes__slice whole,
                                 struct chutes__arena *arena, void *of_chute,
                                 chutes_error *error)
{
    static const struct chutes__record_type *const inner[] = {&IMAGE, &USER,
                                                              &SELECTOR};
    chutes_chute *chute = of_chute;
    chutes_status status = CHUTES_OK;

    count_instances(&values[CHUTE_INSTANCES], chute);
    chutes__chute_price_read(&values[CHUTE_PRICE], chute);
    for (size_t i = 0; i < CHUTES__COUNT(inner) && status == CHUTES_OK; i++) {
        status = chutes__record_read(inner[i], &values[FIRST_OTHER + i], arena,
                                     chute, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    chute->raw_json = chutes__arena_dup(arena, whole);
    chute->raw_len = whole.len;
    return chute->raw_json != NULL &&
                   chutes__elements_keep_texts(&values[CHUTE_GPUS], arena,
                                               &chute->supported_gpus,
                                               &chute->supported_gpu_count)
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

const struct chutes__record_type chutes__chute_entry = {
    NAMES, MEMBERS, CHUTE_COUNT, sizeof(chutes_chute), MAX_CHUTES, read_others};
