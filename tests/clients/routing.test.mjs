// Routes as callers see them: splits, fallbacks, retries, rests, answers given again, and slots that are scarce.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { answerTo, Front, startModels } from './front.mjs';
import { provider, Stand, until } from './stand.mjs';
import { checkedFetch, uniqueText } from './world.mjs';

const MODEL = 'gpt-4o-mini';
const to = (name, more = {}) => ({ provider: name, model: MODEL, ...more });
const QUEUE = { max_concurrent: 2, queue: 3, max_wait: '20s', target_wait: '20s' };

let models;
let front;
let scarce; // another address, of which each takes two calls at a time
let stand;
before(async () => {
  models = await startModels();
  front = await Front.start(models);
  scarce = await Front.start(models);
  const openai = (name, more) => ({ [name]: provider('openai', `${front.url}/${name}/v1`, more) });
  const first = (name) => ({
    providers: { ...openai(name), ...openai('well') }, routing: { primary: to(name), fallback: to('well') },
  });
  const pair = { ...openai('north'), ...openai('south') };
  const split = (by) => ({ by, targets: [to('north', { weight: 3 }), to('south', { weight: 1 })] });
  const retries = { attempts: 2, longest_wait: '5s', share: 1 };
  const cached = {
    providers: openai('cached'), routing: { primary: to('cached') }, cache: { ttl: '10m' }, budget: { daily_limit_usd: 100 },
  };
  const crowded = {
    providers: { scarce: provider('openai', `${scarce.url}/scarce/v1`) }, routing: { primary: to('scarce') },
  };
  const tenants = {
    'weight-inc': { providers: pair, routing: { split: split('weight') } },
    'sticky-inc': { providers: pair, routing: { split: split('sticky') } },
    'fallback-inc': first('down'),
    'retry-inc': { providers: openai('flaky', { timeout: '700ms' }), routing: { primary: to('flaky'), retries } },
    'rest-inc': { providers: openai('busy'), routing: { primary: to('busy') } },
    'detour-inc': first('full'),
    'cache-inc': cached,
    'neighbour-inc': cached,
    'flood-inc': crowded,
    'calm-inc': crowded,
  };
  const files = Object.fromEntries(Object.entries(tenants).map(([id, router]) => [id, { router }]));
  stand = await Stand.start(files, { quotas: { upstreams: { [scarce.host]: QUEUE } } });
});
after(async () => {
  await stand?.stop();
  await front.stop();
  await scarce.stop();
  await models.stop();
});

const seen = (text, at = front) => at.visits.filter((visit) => visit.text.includes(text)).map(({ name }) => name);
const textOf = ({ json }) => json.choices[0].message.content;
/** A good answer to `text`, and the provider that its head names. */
async function answered(tenant, text, options) {
  const answer = await stand.chat(tenant, text, options);
  assert.equal(answer.status, 200, answer.raw);
  assert.equal(textOf(answer), answerTo(text));
  return { ...answer, from: answer.headers.get('x-bailiwick-provider') };
}
/** The first call of provider `name` is answered by `behave`, all later ones well. */
function once(name, behave) {
  let calls = 0;
  front.when(name, (visit) => ((calls += 1) === 1 ? behave(visit) : visit.pass()));
}

test('a split by weight is even over any run of calls', async () => {
  const from = [];
  for (let i = 0; i < 40; i += 1) from.push((await answered('weight-inc', uniqueText('weight'))).from);
  const norths = (calls) => calls.filter((name) => name === 'north').length;
  assert.ok(Math.abs(norths(from) - 30) <= 1, `${norths(from)} of 40`);
  for (const start of [0, 10, 20, 30]) {
    const share = norths(from.slice(start, start + 10));
    assert.ok(share >= 6 && share <= 9, `${share} of the ten from ${start} on`);
  }
  assert.equal(front.callsOf('north'), norths(from), 'the heads tell the truth');
});

test('a session stays with its provider, and so does a token without one', async () => {
  const homes = {};
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 24; i += 1) {
      const headers = { 'x-bailiwick-session': `user-${i}` };
      const { from } = await answered('sticky-inc', uniqueText('sticky'), { headers });
      homes[i] ??= from;
      assert.equal(from, homes[i], `user-${i} was moved`);
    }
  }
  const counts = Object.groupBy(Object.values(homes), (name) => name);
  assert.ok(counts.north.length > counts.south.length, 'by weight');
  const plain = new Set();
  for (let i = 0; i < 8; i += 1) plain.add((await answered('sticky-inc', uniqueText('token'))).from);
  assert.equal(plain.size, 1);
});

test('the fallback answers for a provider that is down, whole and streamed', async () => {
  front.when('down', (visit) => visit.refuse(503));
  const text = uniqueText('fallback');
  const { headers, from } = await answered('fallback-inc', text);
  assert.equal(from, 'well');
  assert.equal(headers.get('x-bailiwick-fallbacks'), '1');
  assert.deepEqual(seen(text), ['down', 'well']);
  const streamed = await stand.chat('fallback-inc', uniqueText('fallback'), { more: { stream: true } });
  assert.equal(streamed.headers.get('x-bailiwick-provider'), 'well');
  assert.match(streamed.raw, /data: \[DONE\]\n\n$/);
});

test('a 503 of the only provider is retried, and the caller does not see it', async () => {
  for (const more of [{}, { stream: true }]) {
    once('flaky', (visit) => visit.refuse(503));
    const text = uniqueText('flaky');
    const { status, headers } = await stand.chat('retry-inc', text, { more });
    assert.equal(status, 200);
    assert.equal(headers.get('x-bailiwick-fallbacks'), '1');
    assert.deepEqual(seen(text), ['flaky', 'flaky']);
  }
});

test('what a provider may bill is not asked for twice', async () => {
  once('flaky', (visit) => visit.left); // says nothing
  const text = uniqueText('silent');
  const { status, json } = await stand.chat('retry-inc', text);
  assert.equal(status, 504);
  assert.equal(json.error.code, 'upstream.timeout');
  assert.deepEqual(seen(text), ['flaky']);
});

test('Retry-After is obeyed, told to the caller, and over in time', async () => {
  once('busy', (visit) => visit.refuse(429, { 'retry-after': '2' }));
  const first = await stand.chat('rest-inc', uniqueText('busy'));
  assert.equal(first.status, 429, first.raw);
  assert.equal(first.headers.get('retry-after'), '2');
  const second = await stand.chat('rest-inc', uniqueText('busy'));
  assert.equal(second.status, 503, second.raw);
  assert.equal(second.json.error.code, 'upstream.unavailable');
  assert.ok(['1', '2'].includes(second.headers.get('retry-after')), second.headers.get('retry-after'));
  assert.equal(front.callsOf('busy'), 1, 'it was left alone');

  const [target] = (await stand.routes('rest-inc')).targets;
  assert.equal(target.provider, 'busy');
  assert.equal(target.state, 'resting');
  assert.ok(target.ready_in_ms > 0 && target.ready_in_ms <= 2000, `${target.ready_in_ms}`);
  const table = await stand.server.cli(['routes', 'show', '--tenant', 'rest-inc'], stand.tokens['rest-inc'].operator);
  assert.match(table, /^PROVIDER +MODEL +STATE /);
  assert.match(table, /\nbusy +gpt-4o-mini +resting /);

  const attempts = [];
  const client = new OpenAI({
    apiKey: stand.tokens['rest-inc'].operator, baseURL: `${stand.url}/v1`, fetch: checkedFetch(attempts), maxRetries: 3,
  });
  const text = uniqueText('patient');
  const { choices } = await client.chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: text }] });
  assert.equal(choices[0].message.content, answerTo(text));
  assert.equal(attempts.at(-1), 200);
  assert.deepEqual(new Set(attempts.slice(0, -1)), new Set([503]), 'the library waited as it was told');
  assert.equal(front.callsOf('busy'), 2);
});

test('who asked for time is passed by, where the route goes on', async () => {
  once('full', (visit) => visit.refuse(429, { 'retry-after': '60' }));
  const texts = [uniqueText('detour'), uniqueText('detour')];
  for (const text of texts) assert.equal((await answered('detour-inc', text)).from, 'well');
  assert.deepEqual(texts.map((text) => seen(text)), [['full', 'well'], ['well']]);
});

const cacheOf = ({ headers }) => headers.get('x-bailiwick-cache');
const spentBy = async (tenant) => (await stand.settled(tenant)).budgets[0].spent_usd;

test('the same request is answered again, for nothing', async () => {
  const text = uniqueText('cached');
  const first = await answered('cache-inc', text);
  assert.equal(cacheOf(first), 'miss');
  assert.equal(first.headers.get('age'), null);
  assert.ok(Number(first.headers.get('x-bailiwick-cost')) > 0);
  const spent = await spentBy('cache-inc');
  const again = await answered('cache-inc', text);
  assert.equal(cacheOf(again), 'hit');
  assert.equal(again.raw, first.raw);
  assert.match(again.headers.get('age'), /^\d+$/);
  assert.equal(again.headers.get('x-bailiwick-cost'), '0');
  assert.equal(await spentBy('cache-inc'), spent);
  assert.equal(seen(text).length, 1);

  const fresh = await answered('cache-inc', text, { headers: { 'cache-control': 'no-cache' } });
  assert.equal(cacheOf(fresh), 'bypass');
  assert.equal(seen(text).length, 2);
  const only = { headers: { 'cache-control': 'only-if-cached' } };
  assert.equal(cacheOf(await answered('cache-inc', text, only)), 'hit');
  const unknown = await stand.chat('cache-inc', uniqueText('cached'), only);
  assert.equal(unknown.status, 504);
  assert.equal(unknown.json.error.code, 'cache.miss');

  const words = ['ledger', 'tail', '--tenant', 'cache-inc', '-o', 'json'];
  const printed = await stand.server.cli(words, stand.tokens['cache-inc'].auditor);
  const hit = JSON.parse(printed).find(({ request_id: id }) => id === again.headers.get('x-bailiwick-request-id'));
  assert.equal(hit.reason, 'cache.hit');
  assert.equal(Number(hit.cost_usd ?? 0), 0);
});

test('streams are given again when they came to their end, and not when they broke', async () => {
  const stream = { more: { stream: true } };
  const text = uniqueText('stream');
  const first = await stand.chat('cache-inc', text, stream);
  const again = await stand.chat('cache-inc', text, stream);
  assert.deepEqual([cacheOf(first), cacheOf(again)], ['miss', 'hit']);
  assert.equal(again.raw, first.raw);

  once('cached', async (visit) => {
    visit.response.writeHead(200, { 'content-type': 'text/event-stream' });
    visit.response.write('data: {"choices":[{"index":0,"delta":{"content":"Half"}}]}\n\n', () => visit.response.destroy());
  });
  const broken = uniqueText('broken');
  await stand.chat('cache-inc', broken, stream).catch(() => {}); // cut off
  const mended = await stand.chat('cache-inc', broken, stream);
  assert.equal(cacheOf(mended), 'miss');
  assert.match(mended.raw, /data: \[DONE\]\n\n$/);
});

test('no answer crosses to another tenant, and a cleared one is gone', async () => {
  const text = uniqueText('shared words');
  assert.equal(cacheOf(await answered('cache-inc', text)), 'miss');
  assert.equal(cacheOf(await answered('neighbour-inc', text)), 'miss');
  assert.equal(cacheOf(await answered('cache-inc', text)), 'hit');
  const path = '/v1/tenants/cache-inc/cache';
  assert.equal((await stand.call('neighbour-inc', 'DELETE', path)).status, 403);
  assert.equal((await stand.call('cache-inc', 'DELETE', path, { role: 'auditor' })).status, 403);
  const { answers, hits } = (await stand.routes('cache-inc')).cache;
  assert.ok(answers > 0 && hits > 0);
  const cleared = await stand.call('cache-inc', 'DELETE', path);
  assert.equal(cleared.status, 200, cleared.raw);
  assert.equal(cleared.json.forgotten, answers);
  assert.equal(cacheOf(await answered('cache-inc', text)), 'miss');
  assert.equal(cacheOf(await answered('neighbour-inc', text)), 'hit', 'theirs was left');
});

test('who floods a scarce provider is felt by itself', async () => {
  const inside = [];
  let shut = true;
  scarce.when('scarce', async (visit) => {
    if (shut) await new Promise((open) => inside.push({ text: visit.text, open }));
    await visit.pass();
  });
  const outcomes = [];
  const calls = Array.from({ length: 10 }, async () => outcomes.push(await stand.chat('flood-inc', uniqueText('flood'))));
  await until(() => outcomes.length, (count) => count === 5, 'two are inside, three wait, and five are refused');
  for (const { status, json, headers } of outcomes) {
    assert.equal(status, 429);
    assert.equal(json.error.code, 'upstream.queue_full');
    assert.ok(Number(headers.get('retry-after')) >= 1);
  }
  assert.equal((await stand.routes('flood-inc')).targets[0].waiting, 3);

  const text = uniqueText('calm');
  const calm = answered('calm-inc', text);
  await until(() => stand.routes('calm-inc'), ({ targets }) => targets[0].waiting === 1, 'the calm one does not queue');
  inside[0].open();
  await until(() => inside.length, (count) => count === 3, 'a free slot is not taken');
  assert.ok(inside[2].text.includes(text), 'the flood went first');
  inside[2].open();
  await calm;
  shut = false;
  for (const { open } of inside) open();
  await Promise.all(calls);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 429, 429, 429, 429, 429]);
});
