// Scores held to a tenant's thresholds: over HTTP, from the command line as a gate, and on the record.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { call, cli, world } from './world.mjs';

const GOOD = { faithfulness: 0.85, 'ndcg@10': 0.7 };
const { operator, viewer, auditor } = world.tokens['beta-inc'];
const judge = (body, { token = operator, headers } = {}) => call('POST', '/v1/evaluations/judge', { token, body, headers });

/** What `bailiwick evaluate` ends with and prints. */
async function evaluate(...words) {
  try {
    return { exit: 0, out: await cli(operator, 'evaluate', '--tenant', 'beta-inc', ...words) };
  } catch (error) {
    return { exit: error.code, out: error.stdout };
  }
}

test('good scores pass', async () => {
  const { status, json } = await judge({ scores: GOOD, samples: 10 });
  assert.equal(status, 200);
  assert.equal(json.verdict, 'pass');
  assert.deepEqual(json.scores.map(({ score, passed }) => [score, passed]), [['faithfulness', true], ['ndcg@10', true]]);
});

test('a bad score fails with its rule, and the record says so', async () => {
  const { status, json } = await judge({ scores: { ...GOOD, faithfulness: 0.8499999 }, samples: 10 });
  assert.equal(status, 200);
  assert.equal(json.verdict, 'fail');
  assert.equal(json.scores[0].rule, 'evaluation.faithfulness');
  assert.match(json.scores[0].reason, /^QualityViolation: faithfulness must be at least 0\.85; /);
  const { json: page } = await call('GET', '/v1/ledger/records?tail=50', { token: auditor });
  const record = page.entries.map((entry) => entry.record).find(({ request_id: id }) => id === json.request_id);
  assert.equal(record.decision, 'allow');
  assert.equal(record.extra.judgement.verdict, 'fail');
  assert.deepEqual(record.extra.judgement.failed, { faithfulness: 'evaluation.faithfulness' });
});

test('a program has its own bounds', async () => {
  const headers = { 'x-bailiwick-program': 'lab' };
  const { json } = await judge({ scores: { faithfulness: 0.6 }, samples: 10 }, { headers });
  assert.equal(json.verdict, 'pass');
  assert.deepEqual(json.missing, ['ndcg@10']);
});

test('what is no score is refused with its place, and viewers do not judge', async () => {
  const { status, json } = await judge({ scores: { a: 1e300, 'b c': 1 }, samples: 10 });
  assert.equal(status, 400);
  assert.deepEqual(json.errors.map(({ pointer }) => pointer).sort(), ['/scores/a', '/scores/b c']);
  assert.equal((await judge({ scores: GOOD, samples: 10 }, { token: viewer })).status, 403);
});

test('the command line is a gate: 0, 3 and 8', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-scores-'));
  try {
    const file = join(folder, 'scores.json');
    writeFileSync(file, JSON.stringify(GOOD));
    assert.equal((await evaluate('--samples', '10', '--file', file)).exit, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const failed = await evaluate('--samples', '10', 'faithfulness=0.6', 'ndcg@10=0.7');
  assert.equal(failed.exit, 3);
  assert.match(failed.out, /^fail: critical and failed: faithfulness\n/);
  assert.equal((await evaluate('--samples', '10', '--program', 'lab', 'faithfulness=0.6')).exit, 0);
  const early = await evaluate('--samples', '9', 'faithfulness=0.6', '-o', 'json');
  assert.equal(early.exit, 8);
  assert.equal(JSON.parse(early.out).verdict, 'unjudged');
});
