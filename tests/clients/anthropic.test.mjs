// The official Anthropic client works against the gateway with a tenant token as its key.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import Anthropic from '@anthropic-ai/sdk';

import { ANSWER, COUNTED_TOKENS, USAGE } from './upstream.mjs';
import { anthropic, call, cli, seenUpstream, uniqueText, world } from './world.mjs';

const MODEL = 'claude-sonnet-5';
const COST_USD = '0.000138'; // 11 × 3e-6 + 7 × 1.5e-5
const ask = (content, more = {}) => ({ model: MODEL, max_tokens: 64, messages: [{ role: 'user', content }], ...more });

async function rejection(promise, type) {
  const error = await promise.then(() => assert.fail('was answered'), (reason) => reason);
  assert.ok(error instanceof type, `${error?.constructor?.name}: ${error?.message}`);
  return error;
}

test('a message is answered by the upstream, with its usage', async () => {
  const message = await anthropic('acme-corp').messages.create(ask(uniqueText('plain')));
  assert.equal(message.content[0].text, ANSWER);
  assert.equal(message.usage.input_tokens, USAGE.input);
  assert.equal(message.usage.output_tokens, USAGE.output);
  assert.ok(message._request_id, 'no request-id header');
});

test('a bearer token serves as well as x-api-key', async () => {
  const client = anthropic('acme-corp', { apiKey: null, authToken: world.tokens['acme-corp'].operator });
  const message = await client.messages.create(ask(uniqueText('bearer')));
  assert.equal(message.content[0].text, ANSWER);
});

test('a stream has the events of the protocol, in order', async () => {
  const stream = await anthropic('acme-corp').messages.create(ask(uniqueText('stream'), { stream: true }));
  const events = [];
  for await (const event of stream) events.push(event);
  const types = events.map((event) => event.type).filter((type) => type !== 'ping');
  assert.deepEqual(types.slice(0, 2), ['message_start', 'content_block_start']);
  assert.deepEqual(types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
  const deltas = events.filter((event) => event.type === 'content_block_delta');
  assert.ok(deltas.length > 3, 'came in pieces');
  assert.equal(deltas.map((event) => event.delta.text).join(''), ANSWER);
});

test('the helper gathers a stream into the message', async () => {
  const message = await anthropic('acme-corp').messages.stream(ask(uniqueText('gathered'))).finalMessage();
  assert.equal(message.content[0].text, ANSWER);
  assert.equal(message.usage.output_tokens, USAGE.output);
});

test('plain and streamed messages are recorded with tokens counted once', async () => {
  const client = anthropic('acme-corp');
  const plain = await client.messages.create(ask(uniqueText('recorded'))).withResponse();
  const streamed = await client.messages.create(ask(uniqueText('recorded'), { stream: true })).withResponse();
  for await (const event of streamed.data) assert.ok(event.type);
  const printed = await cli(world.tokens['acme-corp'].auditor, 'ledger', 'tail', '--tenant', 'acme-corp', '-o', 'json');
  const records = JSON.parse(printed);
  for (const { response } of [plain, streamed]) {
    const record = records.find((row) => row.request_id === response.headers.get('request-id'));
    assert.ok(record, 'no record');
    assert.equal(record.model, MODEL);
    assert.equal(record.input_tokens, USAGE.input);
    assert.equal(record.output_tokens, USAGE.output);
    assert.equal(record.cost_usd, COST_USD);
  }
});

test('tokens are counted', async () => {
  const { max_tokens: _, ...request } = ask('How many are these?');
  const counted = await anthropic('acme-corp').messages.countTokens(request);
  assert.equal(counted.input_tokens, COUNTED_TOKENS);
});

test('a bad key is an AuthenticationError in the shape of the provider', async () => {
  const attempts = [];
  const client = anthropic('acme-corp', { token: 'not-a-token', attempts });
  const error = await rejection(client.messages.create(ask('hello')), Anthropic.AuthenticationError);
  assert.deepEqual(attempts, [401]);
  assert.equal(error.error.type, 'error');
  assert.equal(error.error.error.type, 'authentication_error');
});

test('too small a role is a PermissionDeniedError', async () => {
  const text = uniqueText('viewer');
  await rejection(anthropic('acme-corp', { role: 'viewer' }).messages.create(ask(text)), Anthropic.PermissionDeniedError);
  assert.equal((await seenUpstream(text)).length, 0);
});

test('a tenant without a provider of this dialect is answered through a translation', async () => {
  const message = await anthropic('relay-inc').messages.create(ask(uniqueText('hello'), { model: 'gpt-4o-mini' }));
  assert.equal(message.content[0].text, ANSWER);
  const counted = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };
  const { input_tokens: estimated } = await anthropic('relay-inc').messages.countTokens(counted);
  assert.ok(estimated > 0 && estimated !== COUNTED_TOKENS, 'counting is not translated');
});

test('duplicate keys are refused before the upstream sees them', async () => {
  const text = uniqueText('twice');
  const messages = JSON.stringify([{ role: 'user', content: text }]);
  const body = `{"model": "${MODEL}", "max_tokens": 1, "max_tokens": 4096, "messages": ${messages}}`;
  const answer = await call('POST', '/v1/messages', { token: world.tokens['acme-corp'].operator, body });
  assert.equal(answer.status, 400);
  assert.equal(answer.json.error.type, 'invalid_request_error');
  assert.match(answer.json.error.message, /max_tokens/);
  assert.equal((await seenUpstream(text)).length, 0);
});
