// The official OpenAI SDK for Node against a running gateway: node calls.mjs BASE_URL KEY
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: "user", content: "Hello there" }];

const chat = await client.chat.completions.create({ model: "demo/echo", messages });
assert.equal(chat.choices[0].message.content, "Hello there");

let text = "";
for await (const chunk of await client.chat.completions.create({ model: "demo/echo", messages, stream: true })) {
  text += chunk.choices[0].delta.content ?? "";
}
assert.equal(text, "Hello there");

const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", function: { name: "weather", parameters } }];
const called = await client.chat.completions.create({ model: "demo/tools", messages, tools });
assert.equal(called.choices[0].message.tool_calls[0].function.arguments, '{"city":"demo"}');

const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false };
const format = { type: "json_schema", json_schema: { name: "thing", strict: true, schema } };
const structured = await client.chat.completions.create({ model: "demo/chat", messages, response_format: format });
assert.deepEqual(JSON.parse(structured.choices[0].message.content), { name: "demo" });

const vectors = await client.embeddings.create({ model: "demo/embed", input: ["a", "b"], dimensions: 8 });
assert.deepEqual(vectors.data.map((item) => item.embedding.length), [8, 8]);

const names = [];
for await (const model of client.models.list()) names.push(model.id);
assert.ok(names.includes("demo/chat"));

const response = await client.responses.create({ model: "demo/echo", input: "Hello there" });
assert.equal(response.output_text, "Hello there");
const events = [];
for await (const event of await client.responses.create({ model: "demo/echo", input: "Hello there", stream: true })) {
  events.push(event.type);
}
assert.equal(events.at(-1), "response.completed");

const speech = await client.audio.speech.create({ model: "demo/speech", voice: "alloy", input: "Hello" });
const sound = Buffer.from(await speech.arrayBuffer());
assert.equal(sound.subarray(0, 4).toString(), "RIFF");
const heard = await client.audio.transcriptions.create({ model: "demo/hear", file: await toFile(sound, "a.wav") });
assert.ok(heard.text);

const image = await client.images.generate({ model: "demo/image", prompt: "a dot" });
assert.ok(image.data[0].b64_json);

await assert.rejects(client.chat.completions.create({ model: "nothing/here", messages }), OpenAI.NotFoundError);
console.log("all calls are as expected");
