/* SPDX-License-Identifier: MIT */
/*
 * Any bytes can be read, and a file keeps its kind when another byte follows.
 */
#include "codec/media.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chutes_media media;
    chutes_media longer;
    enum chutes__media_end end;
    char *bytes = calloc(1, size + 1);

    assert(bytes != NULL);
    memcpy(bytes, data, size);
    end = chutes__media_read((struct chutes__slice){(const char *)data, size},
                             &media);
    (void)chutes__media_read((struct chutes__slice){bytes, size + 1}, &longer);
    assert(media.width >= 0 && media.height >= 0);
    assert((media.kind == CHUTES_MEDIA_UNKNOWN) ==
           (media.media_type[0] == '\0'));
    assert(media.kind == CHUTES_MEDIA_UNKNOWN || longer.kind == media.kind);
    assert(media.kind != CHUTES_MEDIA_UNKNOWN || end == CHUTES__MEDIA_OPEN);
    free(bytes);
    return 0;
}
