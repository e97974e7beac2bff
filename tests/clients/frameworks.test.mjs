// The frameworks that people build with, each against the gateway as if it were OpenAI or Anthropic.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { dialectOf, frameworks, MODELS, statusOf } from './frameworks.mjs';
import { answerTo, startModels } from './front.mjs';
import { provider, Stand, until } from './stand.mjs';
import { checkedFetch, uniqueText } from './world.mjs';

const TENANT = 'builder-inc';
const ARGUMENTS = { city: 'Ulaanbaatar', days: 3, note: 'say "hi" \\ to мороз 🥶, then {stop}' };
const LONG = 'One word after another. '.repeat(400);

let models;
let stand;
before(async () => {
  models = await startModels((mock) => {
    const to = (userMessage, ...answer) => mock.on({ userMessage, endpoint: 'chat' }, ...answer);
    to('the weather', { toolCalls: [{ name: 'get_weather', arguments: ARGUMENTS }] });
    to('fail badly', { error: { message: 'the model fell over', type: 'server_error' }, status: 500 });
    to('a long story', { content: LONG }, { latency: 10 });
  });
  stand = await Stand.start({
    [TENANT]: {
      router: {
        providers: { gpt: provider('openai', `${models.url}/v1`), claude: provider('anthropic', models.url) },
        routing: {
          primary: { provider: 'gpt', model: MODELS.openai },
          additional_models: [{ provider: 'claude', model: MODELS.anthropic }],
        },
        budget: { daily_limit_usd: 100 },
      },
    },
  });
});
after(async () => {
  await stand?.stop();
  await models.stop();
});

/** A client by name, and the statuses of what it really sent. */
function client(name, { token = stand.tokens[TENANT].operator, retries = 0, ...rest } = {}) {
  const attempts = [];
  return { attempts, ...frameworks[name]({ url: stand.url, token, retries, fetch: checkedFetch(attempts), ...rest }) };
}

async function collect(pieces) {
  const all = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}
const rejection = (promise) => promise.then((value) => assert.fail(`was answered: ${value}`), (error) => error);

for (const name of Object.keys(frameworks)) {
  test(`${name}: a whole answer`, async () => {
    const text = uniqueText('whole');
    assert.equal(await client(name).whole(text), answerTo(text));
  });

  test(`${name}: a stream`, async () => {
    const text = uniqueText('stream');
    const pieces = await collect(client(name).pieces(text));
    assert.equal(pieces.join(''), answerTo(text));
    assert.ok(pieces.length > 3, 'came in pieces');
  });

  test(`${name}: a tool call has its arguments whole, streamed or not`, async () => {
    for (const stream of [false, true]) {
      const call = await client(name).tool(uniqueText('the weather'), { stream });
      assert.deepEqual(call, { name: 'get_weather', arguments: ARGUMENTS }, `stream: ${stream}`);
    }
  });

  test(`${name}: a model that is not there is 404, asked for once`, async () => {
    const asking = client(name, { retries: 2, model: 'gpt-of-another' });
    for (const ask of [() => asking.whole('hello'), () => collect(asking.pieces('hello'))]) {
      const error = await rejection(ask());
      assert.equal(statusOf(error), 404, error);
      assert.match(error.message, /gpt-of-another/);
    }
    assert.deepEqual(asking.attempts, [404, 404]);
  });

  test(`${name}: an exhausted budget is 402, asked for once`, async () => {
    const token = await stand.limitedToken(TENANT, { max_cost_per_day: 0.0000001 });
    const asking = client(name, { token, retries: 2 });
    for (const ask of [() => asking.whole('hello'), () => collect(asking.pieces('hello'))])
      assert.equal(statusOf(await rejection(ask())), 402);
    assert.deepEqual(asking.attempts, [402, 402]);
  });

  test(`${name}: a provider's 500 is the caller's`, async () => {
    const asking = client(name);
    for (const ask of [() => asking.whole('fail badly'), () => collect(asking.pieces('fail badly'))]) {
      const error = await rejection(ask());
      assert.equal(statusOf(error), 500, error);
      assert.match(error.message, /the model fell over/);
    }
    assert.deepEqual(asking.attempts, [500, 500]);
    await asking.whole('hello again'); // the breaker hears of a good one
  });

  test(`${name}: whoever leaves in mid-stream leaves nothing behind`, async () => {
    const earlier = await stand.settled(TENANT);
    const leaving = new AbortController();
    let heard = '';
    try {
      for await (const piece of client(name).pieces(uniqueText('a long story'), leaving.signal)) {
        if (heard === '') assert.equal((await stand.level(TENANT)).concurrent, 1, 'it is under way');
        heard += piece;
        leaving.abort();
      }
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
    }
    assert.ok(heard.length > 0 && heard.length < LONG.length / 2, `${heard.length} bytes were heard`);
    const [day] = (await stand.settled(TENANT)).budgets;
    assert.equal(day.reserved_usd, '0');
    assert.ok(Number(day.spent_usd) > Number(earlier.budgets[0].spent_usd), 'what was heard is paid for');
  });
}

test('all of them wait out a 429, and end well', async () => {
  const outcomes = await Promise.all(Object.keys(frameworks).map(async (name) => {
    const token = await stand.limitedToken(TENANT, { max_requests_per_second: 1 });
    const asking = client(name, { token, retries: 3 });
    const [first, second] = [uniqueText('first'), uniqueText('second')];
    const texts = [await asking.whole(first), await asking.whole(second)];
    return { name, attempts: asking.attempts, texts, first, second };
  }));
  for (const { name, attempts, texts, first, second } of outcomes) {
    assert.deepEqual(texts, [answerTo(first), answerTo(second)], name);
    assert.equal(attempts.filter((status) => status === 200).length, 2, `${name}: ${attempts}`);
    assert.ok(attempts.includes(429), `${name} was never too quick: ${attempts}`);
  }
});

test('the ledger knows who left, and verifies', async () => {
  const { auditor } = stand.tokens[TENANT];
  const gone = async () => {
    const words = ['ledger', 'tail', '--tenant', TENANT, '--lines', '500', '-o', 'json'];
    const records = JSON.parse(await stand.server.cli(words, auditor));
    return records.filter(({ reason }) => reason === 'caller.gone').map(({ model }) => model).sort();
  };
  const expected = Object.keys(frameworks).map((name) => MODELS[dialectOf(name)]).sort();
  const found = await until(gone, ({ length }) => length === expected.length, 'not all that left are there');
  assert.deepEqual(found, expected);
  await stand.server.cli(['ledger', 'verify', '--tenant', TENANT], auditor);
});
