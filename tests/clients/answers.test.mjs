// Each tenant's questions are answered from its own handbook, and never from the neighbour's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { call, cli, world } from './world.mjs';

const questions = readFileSync(join(world.root, 'examples/questions.jsonl'), 'utf8')
  .trim().split('\n').map((line) => JSON.parse(line));
const NEIGHBOUR = { 'acme-corp': 'beta-inc', 'beta-inc': 'acme-corp' };
const asOperator = (tenant) => ({ token: world.tokens[tenant].operator });

for (const { tenant, question, document, must_contain: fact } of questions) {
  test(`${tenant}: ${question}`, async () => {
    const home = asOperator(tenant);
    const retrieved = await call('POST', '/v1/retrieve', { ...home, body: { query: question, top_k: 5 } });
    assert.equal(retrieved.status, 200, retrieved.raw);
    assert.ok(retrieved.json.results[0].document_id.endsWith(document), retrieved.json.results[0].document_id);
    const scores = retrieved.json.results.map((result) => result.score);
    assert.deepEqual(scores, scores.toSorted((a, b) => b - a), 'best first');

    const answered = await call('POST', '/v1/ask', { ...home, body: { question } });
    assert.equal(answered.status, 200, answered.raw);
    assert.equal(answered.json.abstained, false);
    assert.ok(answered.json.answer.includes(fact), answered.json.answer);
    assert.ok(answered.json.citations.some((citation) => citation.document_id.endsWith(document)));
    assert.match(answered.json.cost_usd, /^\d+(\.\d+)?$/);
    assert.ok(answered.json.lineage_id);

    const away = asOperator(NEIGHBOUR[tenant]);
    for (const [path, body] of [['/v1/retrieve', { query: question, top_k: 50 }], ['/v1/ask', { question }]]) {
      const foreign = await call('POST', path, { ...away, body });
      assert.equal(foreign.status, 200, foreign.raw);
      assert.ok(!foreign.raw.includes(fact), `${path} of ${NEIGHBOUR[tenant]} knows it`);
      assert.ok(!foreign.raw.includes(document), `${path} of ${NEIGHBOUR[tenant]} names the document`);
    }
  });
}

test('a citation quotes the bytes that it points at', async () => {
  const { question } = questions[0];
  const { json } = await call('POST', '/v1/ask', { ...asOperator('acme-corp'), body: { question } });
  assert.ok(json.citations.length > 0);
  for (const { document_id: id, start, end, quote } of json.citations) {
    const file = join(world.root, 'examples/tenants/acme-corp/documents', id.split('/').at(-1));
    assert.equal(readFileSync(file).subarray(start, end).toString('utf8'), quote);
  }
});

test('a question outside the handbook is declined', async () => {
  const body = { question: 'Which orchid species flowers on the moons of Jupiter?' };
  const { json } = await call('POST', '/v1/ask', { ...asOperator('beta-inc'), body });
  assert.equal(json.abstained, true);
  assert.deepEqual(json.citations, []);
});

test('the tenant of the header, query and credential must agree', async () => {
  const body = { query: 'refund' };
  const home = asOperator('beta-inc');
  const own = await call('POST', '/v1/retrieve', { ...home, body, headers: { 'x-bailiwick-tenant': 'beta-inc' } });
  assert.equal(own.status, 200);
  const header = await call('POST', '/v1/retrieve', { ...home, body, headers: { 'x-bailiwick-tenant': 'acme-corp' } });
  assert.equal(header.status, 403);
  assert.equal(header.json.code, 'tenant.mismatch');
  const absent = await call('POST', '/v1/retrieve?tenant=never-made', { ...home, body });
  assert.equal(absent.status, 403);
  assert.equal(absent.json.code, 'tenant.mismatch');
});

test('the platform admin reads no content', async () => {
  const headers = { 'x-bailiwick-tenant': 'acme-corp' };
  const refused = await call('POST', '/v1/ask', { token: world.admin, headers, body: { question: 'blood bank' } });
  assert.equal(refused.status, 403);
});

test('a suspended tenant is refused at once and served again after it resumes', async () => {
  const body = { query: 'anything' };
  const admin = { token: world.admin };
  const member = asOperator('relay-inc');
  assert.equal((await call('POST', '/v1/retrieve', { ...member, body })).status, 200);
  const suspended = await call('POST', '/v1/tenants/relay-inc/suspend', { ...admin, body: { reason: 'unpaid invoice' } });
  assert.equal(suspended.status, 200, suspended.raw);
  const refused = await call('POST', '/v1/retrieve', { ...member, body });
  assert.equal(refused.status, 403);
  assert.equal(refused.json.code, 'tenant.suspended');
  assert.equal((await call('POST', '/v1/tenants/relay-inc/resume', admin)).status, 200);
  assert.equal((await call('POST', '/v1/retrieve', { ...member, body })).status, 200);
});

test('the command line answers the same, and the ledger verifies', async () => {
  const { tenant, question, must_contain: fact } = questions[0];
  const { operator, auditor } = world.tokens[tenant];
  const answer = JSON.parse(await cli(operator, 'ask', '--tenant', tenant, question, '-o', 'json'));
  assert.ok(answer.answer.includes(fact));
  await cli(auditor, 'ledger', 'verify', '--tenant', tenant);
});
