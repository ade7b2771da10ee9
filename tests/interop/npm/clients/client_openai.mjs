// SPDX-License-Identifier: MIT
// openai-node on each fixture, used as its documentation does it.
//
// Usage: node client_openai.mjs URL < CASES     one JSON object per line
import { createInterface } from "node:readline";
import OpenAI from "openai";

const prompt = {
    model: "m",
    messages: [{ role: "user", content: "hello" }],
};

function choiceAt(choices, index) {
    return (choices[index] ??= {
        content: "", refusal: "", calls: {}, finish: null,
    });
}

function addDelta(choice, delta) {
    choice.content += delta.content ?? "";
    choice.refusal += delta.refusal ?? "";
    for (const call of delta.tool_calls ?? []) {
        const known = choice.calls[call.index];
        if (known)
            known[1] += call.function.arguments;
        else
            choice.calls[call.index] = [
                call.function.name, call.function.arguments ?? "",
            ];
    }
}

async function readStream(client, n) {
    const choices = {};
    const stream = await client.chat.completions.create({
        ...prompt, n, stream: true,
    });
    for await (const chunk of stream) {
        for (const part of chunk.choices) {
            const choice = choiceAt(choices, part.index);
            addDelta(choice, part.delta);
            choice.finish = part.finish_reason ?? choice.finish;
        }
    }
    for (const choice of Object.values(choices))
        choice.calls = Object.values(choice.calls);
    return choices;
}

async function readAnswer(client, n) {
    const choices = {};
    const completion = await client.chat.completions.create({ ...prompt, n });
    for (const { index, message, finish_reason } of completion.choices)
        choices[index] = {
            content: message.content ?? "",
            refusal: message.refusal ?? "",
            calls: (message.tool_calls ?? []).map(
                (call) => [call.function.name, call.function.arguments]),
            finish: finish_reason,
        };
    return choices;
}

async function outcome(read, client, n) {
    try {
        return { exception: null, choices: await read(client, n) };
    } catch (error) {
        const text = `${error.constructor.name}: ${error.message}`;
        return { exception: text.slice(0, 200), choices: {} };
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    const { number, n, streams } = JSON.parse(line);
    const client = new OpenAI({
        apiKey: "k", maxRetries: 0, timeout: 10000,
        baseURL: `${process.argv[2]}${number}/v1/`,
    });
    const read = streams ? readStream : readAnswer;
    process.stdout.write(JSON.stringify(await outcome(read, client, n)) + "\n");
}
