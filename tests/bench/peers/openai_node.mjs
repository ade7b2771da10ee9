// SPDX-License-Identifier: MIT
import OpenAI from "openai";

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "bench" });
const stream = await client.chat.completions.create({
  model,
  messages: [{ role: "user", content: "hi" }],
  stream: true,
});
let seen = 0;
for await (const chunk of stream) {
  if (chunk.choices[0]?.delta?.content) {
    seen += 1;
  }
}
console.log(seen);
