/* SPDX-License-Identifier: MIT */
/* Chutes' management API: an account that does not exist, what it used,
 * and its chute. */
#include "mock/demo_internal.h"

#include <string.h>

#include "base/count.h"

static void send_text(struct mock_demo_exchange *exchange, const char *json)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(&body, "%s", json);
    mock_demo_send_json(exchange, 200, &body);
    mock_bytes_dispose(&body);
}

void mock_demo_answer_user(struct mock_demo_exchange *exchange)
{
    send_text(exchange,
              "{\"username\":\"demo\",\"user_id\":"
              "\"00000000-0000-4000-8000-0000000000aa\","
              "\"created_at\":\"2026-03-01T12:00:00\",\"payment_address\":"
              "\"5Demo\",\"balance\":12.5}");
}

void mock_demo_answer_subscription(struct mock_demo_exchange *exchange)
{
    send_text(exchange,
              "{\"subscription\":true,\"monthly_price\":10.0,\"four_hour\":"
              "{\"usage\":0.5,\"cap\":4.25,\"remaining\":3.75,\"reset_at\":"
              "\"2026-03-01T16:00:00\"},\"monthly\":{\"usage\":7.0,\"cap\":"
              "50.0,\"remaining\":43.0,\"reset_at\":\"2026-04-01T00:00:00\"}}");
}

void mock_demo_answer_quotas(struct mock_demo_exchange *exchange)
{
    send_text(exchange, "[{\"chute_id\":\"*\",\"is_default\":true,"
                        "\"quota\":200}]");
}

void mock_demo_answer_discounts(struct mock_demo_exchange *exchange)
{
    send_text(exchange, "[]");
}

void mock_demo_answer_usage(struct mock_demo_exchange *exchange)
{
    send_text(exchange,
              "{\"total\":2,\"page\":0,\"limit\":25,\"items\":["
              "{\"bucket\":\"2026-03-01T13:00:00\",\"amount\":0.0125,"
              "\"count\":7,\"input_tokens\":1200,\"output_tokens\":340},"
              "{\"bucket\":\"2026-03-01T12:00:00\",\"amount\":0.002,"
              "\"count\":1,\"input_tokens\":300,\"output_tokens\":12}]}");
}

void mock_demo_answer_pricing(struct mock_demo_exchange *exchange)
{
    send_text(exchange,
              "{\"tao_usd\":300.0,\"compute_unit_estimate\":{\"usd\":0.0003,"
              "\"tao\":1e-06,\"description\":\"a second of a demo\"},"
              "\"gpu_price_estimates\":{\"h100\":{\"usd\":{\"hour\":1.79,"
              "\"second\":0.000497},\"tao\":{\"hour\":0.006}}}}");
}

void mock_demo_answer_stats(struct mock_demo_exchange *exchange)
{
    send_text(exchange,
              "[{\"chute_id\":\"" MOCK_DEMO_CHUTE
              "\",\"name\":\"" MOCK_DEMO_CHAT_MODEL
              "\",\"date\":\"2026-03-01\",\"total_requests\":8,"
              "\"total_input_tokens\":1500,\"total_output_tokens\":352,"
              "\"average_tps\":41.5,\"average_ttft\":0.25}]");
}

/* Reports that the chute is cold, and then that it is hot. The real server
 * reports every five seconds. */
void mock_demo_answer_warmup(struct mock_demo_exchange *exchange)
{
    static const char *const states[] = {
        "{\"status\":\"cold\",\"log\":\"waiting for instances ...\"}",
        "{\"status\":\"hot\",\"log\":\"chute is hot, 1 instances available\"}"};
    bool goes_on = mock_demo_begin_stream(exchange);

    for (size_t i = 0; i < CHUTES__COUNT(states) && goes_on; i++) {
        struct mock_bytes event = {0};

        (void)mock_bytes_appendf(&event, "%s", states[i]);
        goes_on = mock_demo_send_event(exchange, &event);
        mock_bytes_dispose(&event);
    }
    if (goes_on) {
        mock_demo_end_stream(exchange);
    }
}

/* Chutes switched its templates off in 2026. */
void mock_demo_answer_template(struct mock_demo_exchange *exchange)
{
    mock_demo_send_detail(exchange, 403,
                          "Easy deployment is currently disabled!");
}

void mock_demo_answer_deploy(struct mock_demo_exchange *exchange)
{
    send_text(exchange, "{\"chute_id\":\"" MOCK_DEMO_CHUTE
                        "\",\"name\":\"" MOCK_DEMO_CHUTE_NAME "\","
                        "\"slug\":\"demo-chute\",\"public\":false,\"hot\":"
                        "false}");
}

/* ---- the chute ----------------------------------------------------------- */

#define CHUTE_BEGIN                                                          \
    "{\"chute_id\":\"" MOCK_DEMO_CHUTE "\",\"name\":\"" MOCK_DEMO_CHUTE_NAME \
    "\",\"tagline\":\"beeps\",\"public\":true,\"slug\":\"demo-chute\","      \
    "\"standard_template\":null,\"created_at\":\"2026-03-01T12:00:00\","     \
    "\"user\":{\"username\":\"demo\"},\"image\":{\"name\":\"beep\",\"tag\":" \
    "\"1.0\"},\"supported_gpus\":[\"l40s\"],\"node_selector\":{"             \
    "\"gpu_count\":1,\"min_vram_gb_per_gpu\":48},\"invocation_count\":8,"    \
    "\"current_estimated_price\":{\"usd\":{\"hour\":0.5}},\"instances\":["   \
    "{\"instance_id\":\"i\",\"active\":true,\"verified\":true}],\"hot\":true,"
#define CORDS "[{\"method\":\"POST\",\"path\":\"/speak\"}]"

/* A page that lists the chute, whatever the query selects. */
void mock_demo_answer_chutes(struct mock_demo_exchange *exchange)
{
    send_text(exchange,
              "{\"total\":1,\"page\":0,\"limit\":25,\"items\":[" CHUTE_BEGIN
              "\"cords\":null,\"cord_ref_id\":\"c\"}],"
              "\"cord_refs\":{\"c\":" CORDS "}}");
}

void mock_demo_answer_chute(struct mock_demo_exchange *exchange)
{
    send_text(exchange, CHUTE_BEGIN "\"cords\":" CORDS "}");
}

static void send_plain(struct mock_demo_exchange *exchange, const char *text)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_append(&body, text, strlen(text));
    mock_demo_send_file(exchange, "text/plain; charset=utf-8", &body);
    mock_bytes_dispose(&body);
}

void mock_demo_answer_code(struct mock_demo_exchange *exchange)
{
    send_plain(exchange, "from chutes.chute import Chute\n\n"
                         "chute = Chute(username=\"demo\", name=\"chute\")\n");
}

/* ---- its description ----------------------------------------------------- */

void mock_demo_answer_llms_text(struct mock_demo_exchange *exchange)
{
    send_plain(exchange, "# demo-chute\n\n"
                         "> A chute of the demo server: POST /speak beeps.\n\n"
                         "- `text` (string, required): ignored\n");
}

void mock_demo_answer_openapi(struct mock_demo_exchange *exchange)
{
    send_text(
        exchange,
        "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"demo-chute\","
        "\"version\":\"1\",\"summary\":\"beeps\"},\"x-chutes\":"
        "{\"pricing\":{\"usdPerHour\":0.5}},\"paths\":{\"/speak\":"
        "{\"post\":{\"summary\":\"Beep\",\"requestBody\":{\"content\":"
        "{\"application/json\":{\"schema\":{\"type\":\"object\","
        "\"required\":[\"text\"],\"properties\":{\"text\":{\"type\":"
        "\"string\",\"description\":\"ignored\"}}}}}},\"responses\":"
        "{\"200\":{\"description\":\"\",\"content\":{\"audio/wav\":{}}}}}}}}");
}
