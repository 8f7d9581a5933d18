// The SDKs of Anthropic and Vercel for Node against a running gateway: node vendors.mjs BASE_URL KEY
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: "user", content: "Hello there" }];

const whole = await client.messages.create({ model: "demo/echo", max_tokens: 50, messages });
assert.equal(whole.content[0].text, "Hello there");
const final = await client.messages.stream({ model: "demo/echo", max_tokens: 50, messages }).finalMessage();
assert.equal(final.content[0].text, "Hello there");
assert.ok(final.usage.output_tokens > 0);
await assert.rejects(
  client.messages.create({ model: "nothing/here", max_tokens: 1, messages }),
  Anthropic.NotFoundError,
);

const models = [
  createAnthropic({ baseURL: `${baseURL}/v1`, apiKey }),
  createGoogleGenerativeAI({ baseURL: `${baseURL}/v1beta`, apiKey }),
];
const inputSchema = jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] });
for (const model of models) {
  const { text } = await generateText({ model: model("demo/echo"), prompt: "Hello there" });
  assert.equal(text, "Hello there");
  let streamed = "";
  for await (const piece of streamText({ model: model("demo/echo"), prompt: "Hello there" }).textStream) {
    streamed += piece;
  }
  assert.equal(streamed, "Hello there");
  const cities = [];
  const weather = tool({ description: "tells the weather", inputSchema, execute: ({ city }) => cities.push(city) });
  const turn = { model: model("demo/tools"), prompt: "weather?", tools: { weather }, stopWhen: stepCountIs(3) };
  const { steps } = await generateText(turn);
  assert.deepEqual(cities, ["demo"]);
  assert.equal(steps.length, 2);
}
console.log("all calls are as expected");
