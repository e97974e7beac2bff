// The official OpenAI client works against the gateway with a tenant token as its key.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import OpenAI from 'openai';

import { ANSWER, USAGE } from './upstream.mjs';
import { call, cli, openai, seenUpstream, uniqueText, world } from './world.mjs';

const MODEL = 'gpt-4o-mini';
const COST_USD = '0.00000585'; // 11 × 1.5e-7 + 7 × 6e-7
const ask = (content, more = {}) => ({ model: MODEL, messages: [{ role: 'user', content }], ...more });

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join('');

/** The rejection of `promise`, which must be of the class. */
async function rejection(promise, type) {
  const error = await promise.then(() => assert.fail('was answered'), (reason) => reason);
  assert.ok(error instanceof type, `${error?.constructor?.name}: ${error?.message}`);
  return error;
}

test('a chat is answered by the upstream, with its usage', async () => {
  const completion = await openai('acme-corp').chat.completions.create(ask(uniqueText('plain')));
  assert.equal(completion.choices[0].message.content, ANSWER);
  assert.equal(completion.usage.prompt_tokens, USAGE.input);
  assert.equal(completion.usage.completion_tokens, USAGE.output);
  assert.ok(completion._request_id);
});

test('the answer passes through byte for byte', async () => {
  const body = JSON.stringify(ask(uniqueText('bytes')));
  const headers = { authorization: `Bearer ${world.upstreamKey}`, 'content-type': 'application/json' };
  const direct = await fetch(`${world.upstream}/v1/chat/completions`, { method: 'POST', headers, body });
  const through = await call('POST', '/v1/chat/completions', { token: world.tokens['acme-corp'].operator, body });
  assert.equal(through.raw, await direct.text());
});

test('a stream without include_usage has no usage chunk', async () => {
  const stream = await openai('acme-corp').chat.completions.create(ask(uniqueText('stream'), { stream: true }));
  const chunks = await collect(stream);
  assert.equal(textOf(chunks), ANSWER);
  assert.ok(chunks.length > 3, 'came in pieces');
  assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage));
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
});

test('a stream with include_usage ends with it', async () => {
  const options = { stream: true, stream_options: { include_usage: true } };
  const stream = await openai('acme-corp').chat.completions.create(ask(uniqueText('counted'), options));
  const chunks = await collect(stream);
  assert.equal(textOf(chunks), ANSWER);
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.equal(chunks.at(-1).usage.total_tokens, USAGE.input + USAGE.output);
});

test('plain and streamed calls are recorded with model, tokens and the exact cost', async () => {
  const client = openai('acme-corp');
  const plain = await client.chat.completions.create(ask(uniqueText('recorded'))).withResponse();
  const streamed = await client.chat.completions.create(ask(uniqueText('recorded'), { stream: true })).withResponse();
  await collect(streamed.data);
  const printed = await cli(world.tokens['acme-corp'].auditor, 'ledger', 'tail', '--tenant', 'acme-corp', '-o', 'json');
  const records = JSON.parse(printed);
  for (const { request_id: id } of [plain, streamed]) {
    const record = records.find((row) => row.request_id === id);
    assert.ok(record, `no record of ${id}`);
    assert.equal(record.action, 'models.chat');
    assert.equal(record.decision, 'allow');
    assert.equal(record.model, MODEL);
    assert.equal(record.input_tokens, USAGE.input);
    assert.equal(record.output_tokens, USAGE.output);
    assert.equal(record.cost_usd, COST_USD);
  }
});

test('embeddings come back one for each input', async () => {
  const request = { model: 'text-embedding-3-small', input: ['a kettle', 'a hill'] };
  const { data } = await openai('acme-corp').embeddings.create(request);
  assert.deepEqual(data.map((row) => row.index), [0, 1]);
  assert.ok(data.every((row) => row.embedding.length > 100));
});

test('the models list holds what the tenant may call, and nothing else', async () => {
  const ids = (await openai('acme-corp').models.list()).data.map((model) => model.id);
  assert.ok(ids.includes(MODEL));
  assert.ok(ids.includes('auto'));
  const poor = (await openai('poor-inc').models.list()).data.map((model) => model.id);
  assert.ok(!poor.includes('text-embedding-3-small'), 'a model of other tenants is listed');
});

test('auto is answered locally when the tenant routes to its own documents', async () => {
  const question = 'How long is a crossmatch sample valid if the patient was transfused in the last three months?';
  const completion = await openai('acme-corp').chat.completions.create(ask(question, { model: 'auto' }));
  assert.match(completion.choices[0].message.content, /72 hours/);
  assert.equal((await seenUpstream(question)).length, 0);
});

test('auto falls back when the first upstream is down', async () => {
  const text = uniqueText('fallback');
  const completion = await openai('relay-inc').chat.completions.create(ask(text, { model: 'auto' }));
  assert.equal(completion.choices[0].message.content, ANSWER);
  assert.equal((await seenUpstream(text)).length, 1);
});

test('an upstream that is down reaches the client as a server error with its status', async () => {
  const client = openai('acme-corp', { maxRetries: 0 });
  const error = await rejection(client.chat.completions.create(ask('overload please')), OpenAI.InternalServerError);
  assert.match(error.message, /too much at once/);
});

test('a bad key is an AuthenticationError and is not retried', async () => {
  const attempts = [];
  const client = openai('acme-corp', { token: 'not-a-token', attempts });
  const error = await rejection(client.chat.completions.create(ask('hello')), OpenAI.AuthenticationError);
  assert.deepEqual(attempts, [401]);
  assert.ok(!error.message.includes('not-a-token'), 'the error echoes the key');
});

test('too small a role is a PermissionDeniedError', async () => {
  const text = uniqueText('viewer');
  const client = openai('acme-corp', { role: 'viewer' });
  await rejection(client.chat.completions.create(ask(text)), OpenAI.PermissionDeniedError);
  assert.equal((await seenUpstream(text)).length, 0);
});

test('a model of the other dialect is asked through a translation, and embeds nothing', async () => {
  const client = openai('acme-corp');
  const answer = await client.chat.completions.create(ask(uniqueText('hello'), { model: 'claude-sonnet-5' }));
  assert.equal(answer.choices[0].message.content, ANSWER);
  const error = await rejection(
    client.embeddings.create({ model: 'claude-sonnet-5', input: 'hello' }), OpenAI.BadRequestError);
  assert.equal(error.code, 'no_route');
});

test('duplicate keys are refused before the upstream sees them', async () => {
  const text = uniqueText('twice');
  const messages = JSON.stringify([{ role: 'user', content: text }]);
  const body = `{"model": "${MODEL}", "model": "gpt-4o", "messages": ${messages}}`;
  const answer = await call('POST', '/v1/chat/completions', { token: world.tokens['acme-corp'].operator, body });
  assert.equal(answer.status, 400);
  assert.equal(answer.json.error.type, 'invalid_request_error');
  assert.match(answer.json.error.message, /model/);
  assert.equal((await seenUpstream(text)).length, 0);
});

test('an exhausted budget is 402, sent once, and spend stays below the limit', async () => {
  const LIMIT = 0.0001;
  const text = uniqueText('budget');
  let answered = 0;
  let refusal;
  while (answered < 40 && !refusal) {
    const attempts = [];
    const request = openai('poor-inc', { attempts }).chat.completions.create(ask(text, { max_tokens: 20 }));
    await request.then(() => (answered += 1), (error) => (refusal = { error, attempts }));
  }
  assert.ok(answered > 0, 'nothing was answered');
  assert.ok(answered * Number(COST_USD) <= LIMIT, `${answered} calls were answered`);
  assert.equal(refusal.error.status, 402);
  assert.match(refusal.error.code, /^budget\./);
  assert.deepEqual(refusal.attempts, [402], 'the SDK tried again');
  assert.equal((await seenUpstream(text)).length, answered);
});

test('a request rate is a RateLimitError that says when to come back', async () => {
  const client = openai('quick-inc', { maxRetries: 0 });
  const results = [];
  for (let i = 0; i < 3; i += 1) {
    results.push(await client.chat.completions.create(ask(uniqueText('quick'))).catch((error) => error));
  }
  assert.equal(results[0].choices?.[0].message.content, ANSWER);
  assert.ok(results[2] instanceof OpenAI.RateLimitError, String(results[2]));
  const wait = Number(results[2].headers.get('retry-after'));
  assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= 60, `retry-after ${wait}`);
});
