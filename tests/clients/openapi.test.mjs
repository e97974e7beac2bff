// The served OpenAPI document is well-formed, passes the linter, and is what the server does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Contract } from './contract.mjs';
import { call, contract, world } from './world.mjs';

const here = dirname(fileURLToPath(import.meta.url));

test('redocly finds no fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-openapi-'));
  try {
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(contract.document, null, 2));
    const redocly = join(here, 'node_modules/@redocly/cli/bin/cli.js');
    const arguments_ = [redocly, 'lint', file, '--config', join(here, 'redocly.yaml'), '--format', 'stylish'];
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
    await promisify(execFile)(process.execPath, arguments_, { env, timeout: 60_000 }).catch((failure) =>
      assert.fail(`${failure.stdout}\n${failure.stderr}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every operation names itself once, and its errors', () => {
  const seen = new Set();
  for (const [path, item] of Object.entries(contract.document.paths)) {
    for (const [method, operation] of Object.entries(item).filter(([key]) => key !== 'parameters')) {
      const place = `${method} ${path}`;
      assert.ok(operation.operationId && !seen.has(operation.operationId), `${place}: operationId`);
      seen.add(operation.operationId);
      assert.ok(operation.summary, `${place}: summary`);
      assert.ok(Object.keys(operation.responses).length > 0, `${place}: responses`);
    }
  }
  assert.ok(seen.size > 10);
});

// Reads without parameters can be made of the document alone: each must answer as promised, to everyone.
const reads = Object.keys(contract.document.paths)
  .filter((path) => contract.document.paths[path].get && !path.includes('{'));
for (const path of reads) {
  test(`GET ${path} answers as documented, whoever asks`, async () => {
    const askers = { nobody: undefined, stranger: 'not-a-token', admin: world.admin, ...world.tokens['acme-corp'] };
    for (const [who, token] of Object.entries(askers)) {
      const { status } = await call('GET', path, { token });
      assert.ok(status < 500, `${who}: ${status}`);
      if (who === 'stranger' && contract.document.paths[path].get.security?.length !== 0) assert.equal(status, 401);
    }
  });
}

test('health needs no credential, and an unknown path is a problem', async () => {
  assert.equal((await call('GET', '/livez')).status, 200);
  assert.equal((await call('GET', '/readyz?verbose')).status, 200);
  const absent = await call('GET', '/v1/no-such-thing', { token: world.admin });
  assert.equal(absent.status, 404);
  assert.match(absent.headers.get('content-type'), /^application\/problem\+json/);
});

test('bad input is a clear 4xx in the documented shape', async () => {
  const { operator: token } = world.tokens['acme-corp'];
  const bad = [
    ['not JSON', '{"query": '],
    ['an unknown key', '{"query": "x", "tenant_id": "beta-inc"}'],
    ['a duplicate key', '{"query": "x", "query": "y"}'],
    ['a missing key', '{}'],
    ['a wrong type', '{"query": 7}'],
    ['a NUL', '{"query": "a\u0000b"}'],
  ];
  for (const [what, body] of bad) {
    const answer = await call('POST', '/v1/retrieve', { token, body });
    assert.equal(answer.status, 400, `${what}: ${answer.raw}`);
    assert.ok(answer.json.code, what);
  }
  const media = await call('POST', '/v1/retrieve', { token, body: 'query=x', headers: { 'content-type': 'text/plain' } });
  assert.equal(media.status, 415);
});

test('the judge itself tells right from wrong', async () => {
  const schema = { type: 'object', required: ['a'], additionalProperties: false, properties: { a: { type: 'integer' } } };
  const judge = new Contract({
    openapi: '3.1.0',
    paths: { '/t/{id}': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
  });
  const verdict = (path, body, status = 200, type = 'application/json') =>
    judge.faults('GET', `http://host${path}`, new Response(body, { status, headers: { 'content-type': type, 'x-request-id': 'r' } }));
  assert.deepEqual(await verdict('/t/1', '{"a": 1}'), []);
  assert.equal((await verdict('/t/1', '{"a": "1"}')).length, 1);
  assert.equal((await verdict('/t/1', '{"a": 1, "b": 2}')).length, 1);
  assert.equal((await verdict('/t/1', '{"a": 1}', 500)).length, 1);
  assert.equal((await verdict('/t/1', 'a', 200, 'text/plain')).length, 1);
  assert.equal((await verdict('/u/1', '{"a": 1}')).length, 1);
});
