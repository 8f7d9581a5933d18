// The SDKs of OpenAI, Anthropic and Vercel for Node with a scripted model behind: node model.mjs BASE_URL KEY MODEL
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";

const [baseURL, apiKey, model] = process.argv.slice(2);
globalThis.AI_SDK_LOG_WARNINGS = false;
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const seen = "I see image/png of 70 bytes";
const city = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const recipe = {
  type: "object",
  properties: { name: { type: "string" }, minutes: { type: "integer" } },
  required: ["name", "minutes"],
  additionalProperties: false,
};
const made = { name: "soup", minutes: 5 };
const asked = { role: "user", content: "What is the weather in Paris?" };

const openai = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, maxRetries: 0 });
{
  const tools = [{ type: "function", function: { name: "weather", parameters: city } }];
  const first = (await openai.chat.completions.create({ model, messages: [asked], tools })).choices[0].message;
  const [call] = first.tool_calls;
  const result = { role: "tool", tool_call_id: call.id, content: "sunny" };
  const second = await openai.chat.completions.create({ model, messages: [asked, first, result], tools });
  assert.match(second.choices[0].message.content, /^It says: sunny/);
  const response_format = { type: "json_schema", json_schema: { name: "recipe", strict: true, schema: recipe } };
  const shaped = await openai.chat.completions.create({ model, messages: [{ role: "user", content: "soup" }], response_format });
  assert.deepEqual(JSON.parse(shaped.choices[0].message.content), made);
  const content = [{ type: "image_url", image_url: { url: `data:image/png;base64,${png}` } }];
  const looked = await openai.chat.completions.create({ model, messages: [{ role: "user", content }] });
  assert.equal(looked.choices[0].message.content, seen);
}
{
  const more = { model, store: false, reasoning: { effort: "low" }, include: ["reasoning.encrypted_content"] };
  const tools = [{ type: "function", name: "weather", parameters: city, strict: true }];
  const first = await openai.responses.create({ ...more, tools, input: [asked] });
  const call = first.output.find((item) => item.type === "function_call");
  const result = { type: "function_call_output", call_id: call.call_id, output: "sunny" };
  const stream = openai.responses.stream({ ...more, tools, input: [asked, ...first.output, result] });
  assert.equal((await stream.finalResponse()).output_text, "It says: sunny");
}
{
  const anthropic = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
  const thinking = { type: "enabled", budget_tokens: 1500 };
  const more = { model, max_tokens: 4000, thinking, tools: [{ name: "weather", input_schema: city }] };
  const first = await anthropic.messages.stream({ ...more, messages: [asked] }).finalMessage();
  const call = first.content.at(-1);
  assert.deepEqual(call.input, { city: "Paris" });
  const result = [{ type: "tool_result", tool_use_id: call.id, content: "sunny" }];
  const messages = [asked, { role: "assistant", content: first.content }, { role: "user", content: result }];
  const second = await anthropic.messages.create({ ...more, messages });
  assert.equal(second.content.at(-1).text, "It says: sunny");
}
const compatible = { name: "narrowgate", baseURL: `${baseURL}/v1`, apiKey, supportsStructuredOutputs: true };
const languages = {
  compatible: createOpenAICompatible(compatible)(model),
  responses: createOpenAI({ baseURL: `${baseURL}/v1`, apiKey })(model),
  chat: createOpenAI({ baseURL: `${baseURL}/v1`, apiKey }).chat(model),
  anthropic: createAnthropic({ baseURL: `${baseURL}/v1`, apiKey })(model),
  google: createGoogleGenerativeAI({ baseURL: `${baseURL}/v1beta`, apiKey })(model),
};
// Two of them have no place where Google's signature could wait for the next turn.
const forgetful = new Set(["compatible", "chat"]);
for (const [dialect, language] of Object.entries(languages)) {
  const told = forgetful.has(dialect) ? /^It says: .*sunny/ : /^It says: .*sunny(?!.*unsigned)/;
  const weather = tool({ description: "tells it", inputSchema: jsonSchema(city), execute: () => "sunny" });
  const turn = { model: language, prompt: asked.content, tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 };
  const { text, steps } = await generateText(turn);
  assert.equal(steps.length, 2, dialect);
  assert.match(text, told, dialect);
  let streamed = "";
  for await (const piece of streamText({ ...turn, onError: ({ error }) => assert.fail(error) }).textStream) streamed += piece;
  assert.match(streamed, told, dialect);
  const output = Output.object({ schema: jsonSchema(recipe) });
  assert.deepEqual((await generateText({ model: language, prompt: "soup", output, maxRetries: 0 })).output, made, dialect);
  const content = [{ type: "image", image: png, mediaType: "image/png" }];
  const looked = await generateText({ model: language, messages: [{ role: "user", content }], maxRetries: 0 });
  assert.equal(looked.text, seen, dialect);
}
console.log("all calls are as expected");
