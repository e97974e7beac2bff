// Limits below the tenant's, and what answers say of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { call, cli, openai, uniqueText, world } from './world.mjs';

const ask = (text) => ({ model: 'auto', messages: [{ role: 'user', content: text }] });
const makeToken = async (...words) =>
  JSON.parse(await cli(world.admin, 'tokens', 'create', '--tenant', 'relay-inc', '--role', 'operator', '-o', 'json', ...words));

test('a token has quotas of its own, and the SDK hears whose they are', async () => {
  const { token, quotas } = await makeToken('--quota', 'max_requests_per_minute=1', '--quota', 'max_cost_per_day=2.5');
  assert.equal(quotas.max_requests_per_minute, 1);
  assert.equal(quotas.max_cost_per_day, '2.5');
  const client = openai('relay-inc', { token, maxRetries: 0 });
  const { response } = await client.chat.completions.create(ask(uniqueText('own'))).withResponse();
  assert.equal(response.headers.get('x-ratelimit-limit-requests'), '1');
  assert.match(response.headers.get('ratelimit'), /^"requests";r=0;t=\d+/);
  assert.match(response.headers.get('ratelimit-policy'), /^"requests";q=1;w=60/);
  assert.ok(Number(response.headers.get('x-bailiwick-budget-remaining')) < 2.5);
  assert.ok(Number(response.headers.get('x-bailiwick-overhead-ms')) >= 0);
  assert.equal(response.headers.get('x-bailiwick-fallbacks'), '1', 'its first provider is down');
  const refusal = await client.chat.completions.create(ask('again')).catch((error) => error);
  assert.equal(refusal.status, 429);
  assert.match(refusal.message, /this token/);
});

test('a budget is raised by an approver, with a reason, and every level shows', async () => {
  const { token, id } = await makeToken('--quota', 'max_cost_per_day=1');
  const client = openai('relay-inc', { token });
  await client.chat.completions.create(ask(uniqueText('spend')));
  const { json, status } = await call('GET', '/v1/tenants/relay-inc/budgets', { token });
  assert.equal(status, 200);
  const own = json.levels.find(({ name }) => name === `token:${id}`);
  assert.equal(own.level, 'token');
  assert.ok(Number(own.budgets[0].spent_usd) > 0);
  const body = { window: 'day', by_usd: '5', reason: 'launch day' };
  assert.equal((await call('POST', '/v1/tenants/relay-inc/budgets/raise', { token, body })).status, 403, 'an operator');
  const path = '/v1/tenants/poor-inc/budgets/raise';
  const raised = await call('POST', path, { token: world.admin, body: { ...body, by_usd: '0.000001' } });
  assert.equal(raised.status, 200, raised.raw);
  assert.equal(raised.json.raised_usd, '0.000001');
  assert.equal((await call('POST', path, { token: world.admin, body: { ...body, reason: '' } })).status, 400);
});

test('what may cost anything is refused under a strict budget', async () => {
  const { token } = await makeToken('--quota', 'max_cost_per_day=1');
  const body = { ...ask('search the web'), web_search_options: {} };
  const { status, json } = await call('POST', '/v1/chat/completions', { token, body });
  assert.equal(status, 400);
  assert.equal(json.error.code, 'price.unbounded');
});
