// SPDX-License-Identifier: MIT
// Starts aimock on a port of the kernel's choice and prints its URL. The key,
// when AIMOCK_API_KEYS is set, is checked.
import { LLMock } from "@copilotkit/aimock";

const keys = process.env.AIMOCK_API_KEYS;
const mock = new LLMock({
    port: 0,
    logLevel: "silent",
    ...(keys ? { auth: { apiKeys: [keys] } } : {}),
});

mock.onMessage("say hello", {
    content: "Hello from a server that others wrote, with a ☃ and a 𝄞 in it.",
});
mock.onMessage("think first", { content: "Forty-two.", reasoning: "6 × 7" });
mock.onMessage("what is the weather", {
    toolCalls: [
        { name: "get_weather", arguments: '{"city":"Zürich","days":3}' },
        { name: "get_time", arguments: "{}" },
    ],
});
mock.onMessage("too often", {
    error: { message: "Slow down.", type: "rate_limit_error" },
    status: 429,
});
mock.addFixture({
    match: { userMessage: "garble it" },
    response: { content: "never seen" },
    chaos: { malformedRate: 1 },
});
mock.addFixture({
    match: { userMessage: "hang up" },
    response: { content: "never seen" },
    chaos: { disconnectRate: 1 },
});
mock.onMessage(
    "break off",
    { content: "This answer is long enough to be cut in the middle of it." },
    { truncateAfterChunks: 3, latency: 30 },
);

await mock.start();
process.stdout.write(`${mock.url}\n`);
