// Providers that fail in every way that we know, under clients of every kind at once. What claims to be a good answer is
// whole and the caller's own; what was used is paid for; nothing stays held; and the server serves on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { FAULTS } from './chaos.mjs';
import { dialectOf, frameworks, MODELS } from './frameworks.mjs';
import { answerTo, Front, startModels } from './front.mjs';
import { provider, Stand } from './stand.mjs';

const TENANTS = ['storm-one', 'storm-two', 'storm-three'];
const CALLS = 360;
const AT_ONCE = 16;
const EVERY_THIRD = 3; // of a provider's calls fails, so that no breaker ends the storm
const KINDS = Object.keys(FAULTS);
const PICO = { openai: 5_850_000n, anthropic: 138_000_000n }; // of one answer: 11 tokens in, 7 out
const STORY = 'a long story';

let models;
let front;
let stand;
const played = {}; // by fault
const delivered = {}; // good answers, by tenant and dialect

/** The routes of a tenant: two providers of each dialect, `TENANT.gpt-0` and so on. */
function routerOf(tenant) {
  const providers = {};
  for (const i of [0, 1]) {
    providers[`gpt-${i}`] = provider('openai', `${front.url}/${tenant}.gpt-${i}/v1`, { timeout: '1s' });
    providers[`claude-${i}`] = provider('anthropic', `${front.url}/${tenant}.claude-${i}`, { timeout: '1s' });
  }
  const gpt = (i) => ({ provider: `gpt-${i}`, model: MODELS.openai });
  const claude = (i) => ({ provider: `claude-${i}`, model: MODELS.anthropic });
  return {
    providers,
    routing: {
      primary: gpt(0), fallback: gpt(1), fallbacks: [claude(0), claude(1)], retries: { attempts: 1, longest_wait: '1s' },
    },
    budget: { daily_limit_usd: 100 },
  };
}

before(async () => {
  models = await startModels((mock) => {
    mock.on({ userMessage: STORY, endpoint: 'chat' }, { content: 'One word after another. '.repeat(200) }, { latency: 10 });
  });
  front = await Front.start(models);
  const tenants = Object.fromEntries([...TENANTS, 'calm-inc'].map((id) => [id, { router: routerOf(id) }]));
  stand = await Stand.start(tenants);
  let next = 0; // a fault that differs from provider to provider
  for (const tenant of TENANTS) {
    delivered[tenant] = { openai: 0, anthropic: 0 };
    for (const name of Object.keys(tenants[tenant].router.providers)) {
      let calls = 0;
      front.when(`${tenant}.${name}`, async (visit) => {
        calls += 1;
        const fault = calls % EVERY_THIRD === 0 ? KINDS[next++ % KINDS.length] : undefined;
        if (fault) played[fault] = (played[fault] ?? 0) + 1;
        const good = await (fault ? FAULTS[fault](visit) : visit.pass());
        const dialect = name.startsWith('gpt') ? 'openai' : 'anthropic';
        if (good && !visit.text.includes(STORY)) delivered[tenant][dialect] += 1;
      });
    }
  }
});
after(async () => {
  await stand?.stop();
  await front.stop();
  await models.stop();
});

/** What came of call number `i`. */
async function callNumber(i) {
  const names = Object.keys(frameworks);
  const name = names[i % names.length];
  const tenant = TENANTS[Math.floor(i / names.length) % TENANTS.length];
  const streamed = Math.floor(i / 18) % 2 === 1;
  const client = frameworks[name]({ url: stand.url, token: stand.tokens[tenant].operator, fetch, retries: 0 });
  const outcome = { name, tenant, dialect: dialectOf(name), streamed, prompt: `question ${i}` };
  const leaving = new AbortController();
  try {
    if (i % 20 === 7) {
      outcome.left = true;
      for await (const piece of client.pieces(`${STORY} ${i}`, leaving.signal)) if (piece) leaving.abort();
    } else if (streamed) {
      outcome.text = '';
      for await (const piece of client.pieces(outcome.prompt)) outcome.text += piece;
    } else {
      outcome.text = await client.whole(outcome.prompt);
    }
    outcome.good = !outcome.left;
  } catch (error) {
    outcome.error = error;
  }
  return outcome;
}

let outcomes;
test('what claims to be good is whole, and an answer to its own question', { timeout: 60_000 }, async () => {
  const numbers = Array.from({ length: CALLS }, (_, i) => i).values();
  outcomes = [];
  const worker = async () => { for (const i of numbers) outcomes.push(await callNumber(i)); };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  const good = outcomes.filter((outcome) => outcome.good);
  const wrong = good.filter(({ text, prompt }) => text !== answerTo(prompt));
  assert.deepEqual(wrong.map(({ name, streamed, text }) => ({ name, streamed, text })), []);
  assert.ok(good.length > CALLS / 2, `${good.length} of ${CALLS} were good`);
  for (const name of Object.keys(frameworks)) for (const streamed of [false, true])
    assert.ok(good.some((outcome) => outcome.name === name && outcome.streamed === streamed), `${name}, ${streamed}`);
  assert.deepEqual(KINDS.filter((kind) => !(played[kind] > 1)), [], 'faults that were not played');
});

test('nothing stays held, and what was delivered is paid for', async () => {
  for (const tenant of TENANTS) {
    const { budgets } = await stand.settled(tenant);
    for (const { window, reserved_usd: reserved } of budgets) assert.equal(reserved, '0', `${tenant} ${window}`);
    for (const { provider: name, in_flight: calls } of (await stand.routes(tenant)).targets) assert.equal(calls, 0, name);
    const [whole, behind = ''] = budgets[0].spent_usd.split('.');
    const spent = BigInt(whole + behind.padEnd(12, '0'));
    let due = 0n;
    for (const [dialect, price] of Object.entries(PICO)) {
      const heard = outcomes.filter((one) => one.good && one.tenant === tenant && one.dialect === dialect).length;
      const given = delivered[tenant][dialect];
      due += BigInt(Math.max(given, heard)) * price; // by whichever side counted more
    }
    assert.ok(due > 0n && spent >= due, `${tenant} spent ${spent} and was given ${due}`);
  }
});

test('every chain verifies, and who had no part in it is served', async () => {
  for (const tenant of TENANTS)
    await stand.server.cli(['ledger', 'verify', '--tenant', tenant], stand.tokens[tenant].auditor);
  for (const name of Object.keys(frameworks)) {
    const client = frameworks[name]({ url: stand.url, token: stand.tokens['calm-inc'].operator, fetch, retries: 0 });
    assert.equal(await client.whole(name), answerTo(name));
  }
});
