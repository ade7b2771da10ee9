/* SPDX-License-Identifier: MIT */
#include "hostile.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 200, LAST_INDEX = 128, LONG_TEXT = 1000 };

#define EVENT(delta) \
    "data: {\"id\":\"a\",\"choices\":[{\"index\":0," delta "}]}\n\n"
#define DONE EVENT("\"delta\":{},\"finish_reason\":\"stop\"") "data: [DONE]\n\n"
#define BEGIN_CALLS \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":["
#define END_CALLS "{\"index\":0}]}}]}\n\n" DONE
#define ARGUMENTS(text)                                                        \
    EVENT(                                                                     \
        "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":" \
        "\"" text "\"}}]}")
#define TOKEN                                                              \
    "{\"token\":\"a\",\"logprob\":-1.5,\"bytes\":[97],\"top_logprobs\":[{" \
    "\"token\":\"a\",\"logprob\":-1.5},{\"token\":\"b\",\"logprob\":-2.5}]}"
#define NO_TEXT "{\"token\":\"\"}"
#define LOGPROBS(list)                                                  \
    "data: {\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[" list \
    "]}}]}\n\n"
#define DEEP "[[[[[[[[[[[[[[[[[[[[{\"a\":[{}]}]]]]]]]]]]]]]]]]]]]]"
#define SCHEMA                                                          \
    "{\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{" \
    "\"properties\":{"
#define END_SCHEMA "}}}}}}"
#define TINY "{\"b64_json\":\"R0lGODlhAQABAAAACwAAAAAAQABAAACADs=\"}"
#define FOUR(text) text text text text
#define REFERENCES \
    FOUR(FOUR(FOUR(",\"a\":{\"$ref\":\"#/components/schemas/a\"}")))
#define POSTS                                                              \
    FOUR(",\"post\":{\"requestBody\":{\"content\":{\"application/json\":{" \
         "\"schema\":{\"$ref\":\"#/components/schemas/s\"}}}}}")

const struct hostile_shape HOSTILE_SHAPES[] = {
    {"small deltas", HOSTILE_STREAM, OK, "",
     EVENT("\"delta\":{\"content\":\"a\"}"), DONE},
    {"deltas in one chunk", HOSTILE_STREAM, OK, BEGIN_CALLS,
     "{\"index\":0,\"function\":{\"arguments\":\"a\"}},", END_CALLS},
    {"empty deltas in one chunk", HOSTILE_STREAM, OK, BEGIN_CALLS,
     "{\"index\":0},", END_CALLS},
    {"calls by turns in one chunk", HOSTILE_STREAM, OK, BEGIN_CALLS,
     "{\"index\":%m,\"function\":{\"arguments\":\"a\"}},", END_CALLS},
    {"arguments byte by byte", HOSTILE_STREAM, OK, "", ARGUMENTS("a"), DONE},
    {"long arguments between single bytes", HOSTILE_STREAM, OK, "",
     ARGUMENTS("%x") ARGUMENTS("a") ARGUMENTS("a") ARGUMENTS("a"), DONE},
    {"a call without an index each", HOSTILE_STREAM, OK, "",
     EVENT("\"delta\":{\"tool_calls\":[{\"index\":%m,\"function\":{"
           "\"name\":\"f\",\"arguments\":\"{}\"}}]}"),
     DONE},
    {"a long name again and again", HOSTILE_STREAM, OK, "",
     EVENT("\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{"
           "\"name\":\"%x%d\"}}]}"),
     DONE},
    {"unknown members of a call", HOSTILE_STREAM, OK,
     EVENT("\"delta\":{\"tool_calls\":[{\"index\":0,\"x\":\"%x\"}]}"),
     EVENT("\"delta\":{\"tool_calls\":[{\"index\":0,\"x%d\":%d}]}"), DONE},
    {"unknown members of a call, again", HOSTILE_STREAM, OK, BEGIN_CALLS,
     "{\"index\":0,\"x\":\"%x\",\"y\":%d},", END_CALLS},
    {"choices in one chunk, again", HOSTILE_STREAM, OK,
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}",
     ",{\"index\":%m,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}",
     "]}\n\ndata: [DONE]\n\n"},
    {"a choice for each index", HOSTILE_STREAM, OK, "",
     "data: {\"choices\":[{\"index\":%m,\"delta\":{\"content\":\"a\"},"
     "\"finish_reason\":\"stop\"}]}\n\n",
     "data: [DONE]\n\n"},
    {"finished again and again", HOSTILE_STREAM, OK,
     EVENT("\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{"
           "\"arguments\":\"[1,2,3,4,5,6,7,8\"}}]}"),
     EVENT("\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{"
           "\"arguments\":\",123456789\"}}]},\"finish_reason\":\"length\""),
     DONE},
    {"one long text", HOSTILE_STREAM, OK,
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"", "%x",
     "\"}}]}\n\n" DONE},
    {"one long text of escapes", HOSTILE_STREAM, OK,
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
     "\\u0041\\n\\\"", "\"}}]}\n\n" DONE},
    {"lines of one byte", HOSTILE_STREAM, OK, "", "a\n",
     EVENT("\"delta\":{\"content\":\"a\"}") DONE},
    {"comments", HOSTILE_STREAM, OK, "", ":\n",
     EVENT("\"delta\":{\"content\":\"a\"}") DONE},
    {"empty lines", HOSTILE_STREAM, OK, "", "\r",
     EVENT("\"delta\":{\"content\":\"a\"}") DONE},
    {"a brace and empty lines", HOSTILE_STREAM, OK, "{", "\n", ""},
    {"documents in one line", HOSTILE_STREAM, OK, "", "{}", "\n\n"},
    {"data in lines of one byte", HOSTILE_STREAM, OK, "data:[0\n", "data:,1\n",
     "data:]\n\n" DONE},
    {"documents in one event", HOSTILE_STREAM, OK, "",
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n",
     "\n" DONE},
    {"unknown members, deep", HOSTILE_STREAM, OK, "",
     EVENT("\"delta\":{\"content\":\"a\",\"x%d\":" DEEP "}"), DONE},
    {"logprobs", HOSTILE_STREAM, OK, "",
     EVENT("\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[" TOKEN
           "]}"),
     DONE},
    {"logprobs that are nothing", HOSTILE_STREAM, OK, "",
     LOGPROBS("0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"),
     DONE},
    {"tokens without a text", HOSTILE_STREAM, OK, "",
     LOGPROBS(NO_TEXT "," NO_TEXT "," NO_TEXT "," NO_TEXT), DONE},
    {"tokens without a text in one chunk", HOSTILE_STREAM, OK,
     "data: {\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[",
     NO_TEXT ",", "0]}}]}\n\n" DONE},
    {"alternatives that are nothing", HOSTILE_STREAM, OK, "",
     LOGPROBS("{\"token\":\"a\",\"top_logprobs\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
              "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}"),
     DONE},
    {"texts of a completion", HOSTILE_STREAM, OK, "",
     "data: "
     "{\"choices\":[{\"index\":0,\"text\":\"a\",\"logprobs\":{\"tokens\":["
     "\"a\"],\"token_logprobs\":[-1.5],\"text_offset\":[%d]}}]}\n\n",
     DONE},
    {"audio", HOSTILE_STREAM, OK, "",
     EVENT("\"delta\":{\"audio\":{\"data\":\"%x\"}}")
         EVENT("\"delta\":{\"audio\":{}}"),
     DONE},
    {"usage in each chunk", HOSTILE_STREAM, OK, "",
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],"
     "\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}\n\n",
     DONE},
    {"another id in each chunk", HOSTILE_STREAM, OK, "",
     "data: {\"id\":\"%x%d\",\"model\":\"%x\",\"choices\":[{\"index\":0,"
     "\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}}]}\n\n",
     DONE},
    {"a whole answer of long text", HOSTILE_WHOLE, OK,
     "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{"
     "\"content\":\"",
     "%x", "\"}}]}"},
    {"a whole answer of calls", HOSTILE_WHOLE, OK,
     "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{"
     "\"tool_calls\":[{\"index\":0}",
     ",{\"index\":%m,\"function\":{\"arguments\":\"a\"}}", "]}}]}"},
    {"an error of long text", HOSTILE_WHOLE, 500, "{\"error\":{\"message\":\"",
     "%x", "\"}}"},
    {"a dimension that isn't kept", HOSTILE_EMBED, OK,
     "{\"data\":[{\"index\":0,\"embedding\":[0", ",0",
     "]},{\"index\":1,\"embedding\":[0]}]}"},
    {"vectors nobody asked for", HOSTILE_EMBED, OK, "{\"data\":[{}",
     ",{\"index\":%d,\"embedding\":[1]}", "]}"},
    {"many small models", HOSTILE_MODELS, OK, "{\"data\":[{\"id\":\"a\"}",
     ",{\"id\":\"a%d\"}", "]}"},
    {"models that are nothing", HOSTILE_MODELS, OK, "{\"data\":[{\"id\":\"a\"}",
     ",{}", "]}"},
    {"a model of long text", HOSTILE_MODELS, OK,
     "{\"data\":[{\"id\":\"a\",\"description\":\"", "%x", "\"}]}"},
    {"models with a detail each", HOSTILE_MODEL_INFO, OK,
     "{\"data\":[{\"model_name\":\"a\"}",
     ",{\"model_name\":\"a\",\"model_info\":{\"supports_vision\":true}}", "]}"},
    {"details without end", HOSTILE_MODEL_INFO, OK,
     "{\"data\":[{\"model_name\":\"a\",\"model_info\":{\"x\":0",
     ",\"supports_vision\":true", "}}]}"},
    {"JSON of any kind", HOSTILE_INVOKE, OK, "[0", ",[{\"a\":[%d]}]", "]"},
    {"JSON that never ends", HOSTILE_INVOKE, OK, "[0", ",[\"%x\"]", ""},
    {"no JSON at all", HOSTILE_INVOKE, OK, "", "%x", ""},
    {"results nobody asked for", HOSTILE_RERANK, OK, "[{}",
     ",{\"index\":%d,\"score\":1}", "]"},
    {"a document of escapes", HOSTILE_RERANK, OK,
     "[{\"index\":1,\"score\":1},{\"index\":0,\"score\":1,"
     "\"document\":\"",
     "\\u0041\\n\\\"", "\"}]"},
    {"results with unknown members", HOSTILE_RERANK, OK,
     "[{\"index\":1,\"score\":1},{\"index\":0,\"score\":1", ",\"x%d\":" DEEP,
     "}]"},
    {"scores nobody asked for", HOSTILE_SCORE, OK, "{\"data\":[{}",
     ",{\"index\":%d,\"score\":1}", "]}"},
    {"scores with unknown members", HOSTILE_SCORE, OK,
     "{\"data\":[{\"index\":1,\"score\":1},{\"index\":0,\"score\":1",
     ",\"x%d\":" DEEP, "}]}"},
    {"classes without end", HOSTILE_CLASSIFY, OK,
     "{\"data\":[{\"index\":1,\"probs\":[1]},{\"index\":0,\"probs\":[0", ",0",
     "]}]}"},
    {"classes that are nothing", HOSTILE_CLASSIFY, OK, "{\"data\":[{}", ",{}",
     "]}"},
    {"a label of escapes", HOSTILE_CLASSIFY, OK,
     "{\"data\":[{\"index\":1,\"probs\":[1]},{\"index\":0,\"probs\":[1],"
     "\"label\":\"",
     "\\u0041\\n\\\"", "\"}]}"},
    {"short tokens", HOSTILE_TOKENIZE, OK, "{\"tokens\":[0", ",0", "]}"},
    {"long tokens", HOSTILE_TOKENIZE, OK, "{\"tokens\":[0", ",%x", "]}"},
    {"a text of escapes", HOSTILE_DETOKENIZE, OK, "{\"prompt\":\"", "\\u0041",
     "\"}"},
    {"a text behind anything", HOSTILE_DETOKENIZE, OK, "{\"x\":[0",
     ",{\"a\":[%d]}", "],\"text\":\"a\"}"},
    {"a picture of markers", HOSTILE_IMAGE, OK, "\xff\xd8\xff", "\xff\xd0\xff",
     "\xd9"},
    {"a picture in base64", HOSTILE_IMAGE, OK,
     "{\"data\":[{\"b64_json\":\"/9j/", "/9D/", "/9k=\"}]}"},
    {"a picture in escaped base64", HOSTILE_IMAGE, OK,
     "{\"data\":[{\"b64_json\":\"/9j/", "\\/9D/", "/9k=\"}]}"},
    {"tiny pictures", HOSTILE_IMAGE_EDIT, OK, "{\"data\":[" TINY, "," TINY,
     "]}"},
    {"pictures that are nothing", HOSTILE_IMAGE_EDIT, OK, "{\"data\":[" TINY,
     ",{}", "]}"},
    {"boxes of nothing", HOSTILE_VIDEO, OK, "", "%0%0%0\bftyp", ""},
    {"sound of short pages", HOSTILE_SPEECH, OK, "",
     "OggS.\x01....................\x01\x01.", ""},
    {"words that are nothing", HOSTILE_TRANSCRIPT, OK,
     "{\"text\":\"\",\"words\":[0", ",0", "]}"},
    {"short segments", HOSTILE_TRANSCRIPT, OK,
     "[{\"start\":0,\"end\":0,\"text\":\"\"}",
     ",{\"start\":0,\"end\":0,\"text\":\"\"}", "]"},
    {"a transcript letter by letter", HOSTILE_SPOKEN, OK, "",
     "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},"
     "\"finish_reason\":\"stop\"}]}\n\n",
     "data: [DONE]\n\n"},
    {"a transcript of parts", HOSTILE_SPOKEN, OK, "",
     "data: {\"choices\":[]}\n\n",
     "data: {\"type\":\"transcript.text.done\",\"text\":\"a\"}\n\n"},
    {"artifacts that are nothing", HOSTILE_OPERATION, OK,
     "{\"status\":\"running\",\"result\":{\"artifacts\":[0", ",0", "]}}"},
    {"a result of any JSON", HOSTILE_OPERATION, OK,
     "{\"status\":\"running\",\"result\":{\"data\":[0", ",{\"a\":[%d]}", "]}}"},
    {"a long reason", HOSTILE_OPERATION, OK,
     "{\"status\":\"failed\",\"error\":{\"message\":\"", "\\u0041%x", "\"}}"},
    {"a balance behind anything", HOSTILE_ACCOUNT, OK,
     "{\"user_id\":\"u\",\"x\":[0", ",{\"a\":[%d]}",
     "],\"subscription\":true,\"monthly\":{\"cap\":1}}"},
    {"an id of escapes", HOSTILE_ACCOUNT, OK, "[{\"quota\":1,\"chute_id\":\"",
     "\\u0041%x", "\"}]"},
    {"rules without end", HOSTILE_ACCOUNT, OK, "{\"\":0", ",\"\":0", "}"},
    {"a chute behind anything", HOSTILE_DEPLOY, OK, "{\"cords\":[0",
     ",{\"a\":[%d]}", "],\"chute_id\":\"c\"}"},
    {"states without end", HOSTILE_WARMUP, OK, "",
     "data: {\"status\":\"cold\",\"log\":\"%x\"}\n\n",
     "data: {\"status\":\"hot\"}\n\n"},
    {"a state of many lines", HOSTILE_WARMUP, OK,
     "data: {\"status\":\"hot\",\"x\":[0\n", "data: ,{}\n", "data: ]}\n\n"},
    {"short buckets", HOSTILE_USAGE, OK, "{\"items\":[{\"bucket\":\"b\"}",
     ",{\"bucket\":\"b\"}", "]}"},
    {"buckets of nothing", HOSTILE_USAGE, OK, "{\"items\":[0", ",0", "]}"},
    {"short statistics", HOSTILE_STATS, OK, "[{\"chute_id\":\"c\"}",
     ",{\"chute_id\":\"c\"}", "]"},
    {"a price behind anything", HOSTILE_PRICING, OK, "{\"x\":[0",
     ",{\"a\":[%d]}", "],\"gpu_price_estimates\":{\"a\":{}}}"},
    {"GPUs without end", HOSTILE_PRICING, OK,
     "{\"gpu_price_estimates\":{\"\":0", ",\"\":0", "}}"},
    {"short chutes", HOSTILE_CHUTES, OK, "{\"items\":[{\"chute_id\":\"c\"}",
     ",{\"chute_id\":\"c\"}", "]}"},
    {"chutes of long text", HOSTILE_CHUTES, OK,
     "{\"items\":[{\"chute_id\":\"c\"}",
     ",{\"chute_id\":\"c\",\"readme\":\"%x\"}", "]}"},
    {"cords without end", HOSTILE_CHUTES, OK, "{\"cord_refs\":{\"c\":[]",
     ",\"%d\":[{}]", "},\"items\":[{\"chute_id\":\"c\"}]}"},
    {"short GPUs without end", HOSTILE_CHUTE, OK,
     "{\"chute_id\":\"c\",\"supported_gpus\":[\"\"", ",\"\"", "]}"},
    {"instances without end", HOSTILE_CHUTE, OK,
     "{\"chute_id\":\"c\",\"instances\":[{}", ",{}", "]}"},
    {"paths without end", HOSTILE_DESCRIBE, OK, "{\"paths\":{\"/\":{}",
     ",\"/%d\":{\"post\":{}}", "}}"},
    {"fields without end", HOSTILE_DESCRIBE, OK,
     "{\"paths\":{\"/\":{\"post\":" SCHEMA "\"a\":{}", ",\"%d\":{}",
     END_SCHEMA "}}}"},
    {"references to no schema", HOSTILE_DESCRIBE, OK, "{\"paths\":{\"/\":0",
     ",\"/%d\":{\"post\":" SCHEMA "\"a\":0" REFERENCES END_SCHEMA "}", "}}"},
    {"references to a long schema", HOSTILE_DESCRIBE, OK,
     "{\"paths\":{\"/\":{\"put\":0" POSTS POSTS
     "}},\"components\":{\"schemas\":{\"s\":{\"properties\":{\"a\":0" REFERENCES
     "}},\"a\":{\"x\":0",
     ",\"x%d\":" DEEP, "}}}}"},
};

const size_t HOSTILE_SHAPE_COUNT = COUNT(HOSTILE_SHAPES);

static void write_unit(FILE *out, const char *unit, size_t number)
{
    static char text[LONG_TEXT + 1];

    memset(text, 'x', LONG_TEXT);
    for (; *unit != '\0'; unit++) {
        if (*unit != '%') {
            (void)putc(*unit, out);
            continue;
        }
        unit++;
        if (*unit == 'x') {
            (void)fputs(text, out);
        } else if (*unit == '0') {
            (void)putc('\0', out);
        } else {
            (void)fprintf(out, "%zu",
                          *unit == 'm' ? number % LAST_INDEX : number);
        }
    }
}

char *hostile_body(const struct hostile_shape *shape, size_t size, size_t *len)
{
    char *body = NULL;
    FILE *out = open_memstream(&body, len);

    assert_non_null(out);
    (void)fputs(shape->open, out);
    for (size_t i = 0; (size_t)ftell(out) < size; i++) {
        write_unit(out, shape->unit, i);
    }
    (void)fputs(shape->close, out);
    (void)fclose(out);
    return body;
}
