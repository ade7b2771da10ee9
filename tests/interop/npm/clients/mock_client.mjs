// SPDX-License-Identifier: MIT
// openai-node as a client of `chutes mock`.
//
// Usage: node mock_client.mjs < TASKS     one JSON object per line, in and out
import { createInterface } from "node:readline";
import OpenAI from "openai";

const weather = {
    type: "function",
    function: {
        name: "get_weather",
        parameters: {
            type: "object",
            required: ["city"],
            properties: { city: { type: "string" } },
        },
    },
};
const format = {
    type: "json_schema",
    json_schema: {
        name: "colour",
        schema: {
            type: "object",
            required: ["name", "red"],
            additionalProperties: false,
            properties: { name: { type: "string" }, red: { type: "integer" } },
        },
    },
};

function request(model, more) {
    const messages = [{ role: "user", content: "Grüße, 𝄞!" }];
    return { model, messages, ...more };
}

function describeCall(choice) {
    const [call] = choice.message.tool_calls;
    const names = Object.keys(JSON.parse(call.function.arguments)).sort();
    return [choice.finish_reason, call.function.name, names];
}

const actions = {
    async chat(client) {
        const { choices: [choice] } = await client.chat.completions.create(
            request("demo/parrot-1"));
        return [choice.message.content, choice.finish_reason];
    },
    async stream(client) {
        let text = "", finish = null, usage = null;
        const chunks = await client.chat.completions.create(
            request("demo/parrot-1", {
                stream: true, stream_options: { include_usage: true },
            }));
        for await (const chunk of chunks) {
            usage = chunk.usage ?? usage;
            for (const choice of chunk.choices) {
                text += choice.delta.content ?? "";
                finish = choice.finish_reason ?? finish;
            }
        }
        return [text, finish, usage?.total_tokens > 0];
    },
    async tools(client) {
        const { choices: [choice] } = await client.chat.completions.create(
            request("demo/markov-1", { tools: [weather] }));
        return describeCall(choice);
    },
    // With the accumulator of the package.
    async stream_tools(client) {
        const runner = client.chat.completions.stream(
            request("demo/markov-1", { tools: [weather] }));
        const { choices: [choice] } = await runner.finalChatCompletion();
        return describeCall(choice);
    },
    async schema(client) {
        const { choices: [choice] } = await client.chat.completions.create(
            request("demo/markov-1", { response_format: format }));
        const value = JSON.parse(choice.message.content);
        return [
            Object.keys(value).sort(), typeof value.name === "string",
            Number.isInteger(value.red),
        ];
    },
    async embeddings(client) {
        const { data } = await client.embeddings.create({
            model: "demo/hash-embed-1",
            input: ["a word", "another word", "a word"],
        });
        const texts = data.map((item) => JSON.stringify(item.embedding));
        return [texts.length, texts[0] === texts[2], texts[0] !== texts[1]];
    },
    async models(client) {
        const page = await client.models.list();
        return page.data.some((model) => model.id === "demo/markov-1");
    },
};

async function perform({ url, key, action, retries }) {
    const client = new OpenAI({
        baseURL: url, apiKey: key, maxRetries: retries, timeout: 3000,
    });
    try {
        return { result: await actions[action](client), exception: null };
    } catch (error) {
        return {
            result: null,
            exception: error.constructor.name,
            status: error.status ?? null,
            message: String(error.message).slice(0, 300),
        };
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    const outcome = await perform(JSON.parse(line));
    process.stdout.write(JSON.stringify(outcome) + "\n");
}
