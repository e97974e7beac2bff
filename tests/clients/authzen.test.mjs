// The Authorization API: the two interop scenarios of AuthZEN 1.0 over HTTP, and what its text asks of a server.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { expectations, layOutAuthzenTenants } from './authzen/bundles.mjs';
import { Contract } from './contract.mjs';
import { dataFolder } from './isolation/collections.mjs';
import { Server } from './server.mjs';

const { root, binary } = JSON.parse(process.env.BAILIWICK_CLIENT_WORLD);
const data = dataFolder(root);
const absent = !existsSync(join(data, 'authzen'));
const why = 'authzen absent; set BAILIWICK_SHARED';
if (process.env.CI) assert.ok(!absent, why);

describe('two applications', { skip: absent && why }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-authzen-'));
  const tokens = {};
  let server;
  let contract;

  before(async () => {
    layOutAuthzenTenants(data, join(folder, 'tenants'));
    server = await Server.start(binary, folder);
    contract = await Contract.load(server.url);
    for (const tenant of ['search', 'todo']) {
      tokens[tenant] = await server.createToken(tenant, 'operator');
      tokens[`${tenant} auditor`] = await server.createToken(tenant, 'auditor');
    }
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function call(who, path, body, { method = 'POST', headers = {} } = {}) {
    const sent = { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json', ...headers };
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${server.url}${path}`, { method, headers: sent, body: text });
    const raw = await response.text();
    assert.deepEqual(await contract.faults(method, `${server.url}${path}`, new Response(raw, response)), []);
    return { status: response.status, headers: response.headers, json: JSON.parse(raw) };
  }
  const ask = (who, path, body, options) => call(who, `/access/v1/${path}`, body, options);
  const decisions = ({ json }) => json.evaluations.map(({ decision }) => decision);

  test('todo: every decision', async () => {
    for (const { request, expected } of expectations(data, 'todo-decisions-1_0-02.json')) {
      const { status, json } = await ask('todo', 'evaluation', request);
      assert.equal(status, 200);
      assert.equal(json.decision, expected, JSON.stringify({ request, json }));
    }
  });

  test('todo: every batch', async () => {
    for (const { request, expected } of expectations(data, 'todo-decisions-1_0-02.json', 'evaluations')) {
      assert.deepEqual(decisions(await ask('todo', 'evaluations', request)), expected.map(({ decision }) => decision));
    }
  });

  for (const what of ['subject', 'resource', 'action']) {
    test(`search: every ${what}`, async () => {
      for (const { request, expected } of expectations(data, `search-${what}-results.json`)) {
        const { status, json } = await ask('search', `search/${what}`, request);
        assert.equal(status, 200);
        assert.deepEqual(json.results, expected.results, JSON.stringify(request));
        assert.equal(json.page.next_token, '');
      }
    });
  }

  const alice = { type: 'user', id: 'alice' };
  const record = (id) => ({ type: 'record', id });
  const viewing = { subject: alice, action: { name: 'view' } };

  test('a search goes page by page, and a token holds for its search alone', async () => {
    const request = { ...viewing, resource: { type: 'record' } };
    const all = (await ask('search', 'search/resource', request)).json.results;
    const found = [];
    for (let token; token !== '';) {
      const { json } = await ask('search', 'search/resource', { ...request, page: { limit: 7, token } });
      assert.ok(json.results.length <= 7);
      found.push(...json.results);
      token = json.page.next_token;
    }
    assert.deepEqual(found, all);
    const { status, json } = await ask('search', 'search/resource', { ...request, page: { token: 'bm90aGluZw' } });
    assert.deepEqual([status, json.code], [400, 'page.token']);
    const first = await ask('search', 'search/resource', { ...request, page: { limit: 7 } });
    const token = first.json.page.next_token;
    const other = { ...request, subject: { type: 'user', id: 'felix' }, page: { token } };
    assert.deepEqual((await ask('search', 'search/resource', other)).json.code, 'page.token', 'of another search');
    const unknown = await ask('search', 'search/resource', { ...request, resource: { type: 'planet' } });
    assert.deepEqual([unknown.status, unknown.json.results], [200, []]);
  });

  test('a batch ends when its semantic says so, and a faulty item is denied', async () => {
    const evaluations = [{ resource: record('101') }, { resource: { id: '102' } }, { resource: record('103') }];
    const batch = (semantic) => ({
      ...viewing, evaluations, ...(semantic && { options: { evaluations_semantic: semantic } }),
    });
    assert.deepEqual(decisions(await ask('search', 'evaluations', batch())), [true, false, true]);
    assert.deepEqual(decisions(await ask('search', 'evaluations', batch('execute_all'))), [true, false, true]);
    assert.deepEqual(decisions(await ask('search', 'evaluations', batch('deny_on_first_deny'))), [true, false]);
    assert.deepEqual(decisions(await ask('search', 'evaluations', batch('permit_on_first_permit'))), [true]);
    assert.equal((await ask('search', 'evaluations', batch('guess'))).status, 400);
    const single = { ...viewing, resource: record('101') };
    for (const body of [single, { ...single, evaluations: [] }]) {
      assert.equal((await ask('search', 'evaluations', body)).json.decision, true);
    }
    const replaced = { ...single, evaluations: [{ subject: { type: 'user', id: 'felix' } }] };
    assert.deepEqual(decisions(await ask('search', 'evaluations', replaced)), [false], 'members are replaced whole');
  });

  test('what is malformed is 400 and says where; what is not known is denied or passed over', async () => {
    const good = { ...viewing, resource: record('101') };
    const faulty = [
      [{ ...good, subject: undefined }, '/subject'],
      [{ ...good, subject: { type: 'user' } }, '/subject/id'],
      [{ ...good, action: { name: 7 } }, '/action/name'],
      [{ ...good, resource: 'record' }, '/resource'],
      [{ ...good, context: [] }, '/context'],
      [{ ...good, resource: { ...record('new'), properties: { department: 7 } } }, '/resource/properties/department'],
    ];
    for (const [body, where] of faulty) {
      const { status, json } = await ask('search', 'evaluation', body);
      assert.equal(status, 400, where);
      assert.deepEqual(json.errors.map((each) => each.pointer), [where]);
    }
    assert.equal((await ask('search', 'evaluation', '{"subject":')).status, 400);
    const asText = await ask('search', 'evaluation', JSON.stringify(good), { headers: { 'content-type': 'text/plain' } });
    assert.equal(asText.status, 400);
    const extended = { ...good, reason: null, subject: { ...alice, display: 'Alice' } };
    assert.equal((await ask('search', 'evaluation', extended)).json.decision, true);
    const robot = { ...good, subject: { type: 'robot', id: 'r2' } };
    assert.deepEqual([(await ask('search', 'evaluation', robot)).json.decision], [false]);
  });

  test('the request id comes back, and the ledger has what was asked, what was said, and by which policy', async () => {
    const headers = { 'x-request-id': 'authzen-test-1' };
    const answer = await ask('search', 'evaluation', { ...viewing, resource: record('101') }, { headers });
    assert.equal(answer.headers.get('x-request-id'), 'authzen-test-1');
    assert.equal(answer.json.context.policy, 'owners-do-all');
    const { json } = await call('search auditor', '/v1/ledger/records?tail=5', undefined, { method: 'GET' });
    const entry = json.entries.map((each) => each.record).find(({ request_id: id }) => id === 'authzen-test-1');
    assert.deepEqual(entry.extra.evaluations, [{
      subject: alice, action: { name: 'view' }, resource: record('101'), decision: true, policy: 'owners-do-all',
    }]);
    assert.match(entry.extra.revision, /^[0-9a-f]{16}$/);
  });

  test('a faulty item of a batch is in the ledger with its fault', async () => {
    const headers = { 'x-request-id': 'authzen-test-2' };
    const body = { ...viewing, evaluations: [{ resource: record('101') }, { resource: { id: '102' } }] };
    await ask('search', 'evaluations', body, { headers });
    const { json } = await call('search auditor', '/v1/ledger/records?tail=5', undefined, { method: 'GET' });
    const entry = json.entries.map((each) => each.record).find(({ request_id: id }) => id === 'authzen-test-2');
    assert.equal(entry.extra.evaluations.length, 2);
    assert.equal(entry.extra.evaluations[1].decision, false);
    assert.ok(entry.extra.evaluations[1].fault, 'says what was wrong');
  });

  // What the schema does not know is passed over, and recorded as it was sent.
  test('what is nested deeply is refused, or read again from the ledger', async () => {
    const nested = (depth) => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
    const asking = (depth) => ({ ...viewing, resource: { ...record('101'), properties: { unknown: nested(depth) } } });
    const headers = { 'x-request-id': 'authzen-test-deep' };
    assert.equal((await ask('search', 'evaluation', asking(28), { headers })).status, 200);
    assert.equal((await ask('search', 'evaluation', asking(29))).status, 400);
    assert.equal((await ask('search', 'evaluations', { ...viewing, evaluations: [asking(27)] })).status, 400);
    const { status, json } = await call('search auditor', '/v1/ledger/records?tail=5', undefined, { method: 'GET' });
    assert.equal(status, 200);
    const entry = json.entries.map((each) => each.record).find(({ request_id: id }) => id === 'authzen-test-deep');
    assert.deepEqual(entry.extra.evaluations[0].resource.properties.unknown, nested(28));
    const explained = await call('search auditor', '/v1/ledger/records/authzen-test-deep/explanation', undefined, { method: 'GET' });
    assert.equal(explained.json.evaluations[0].then.agrees, true);
  });

  test('a tenant asks its own policies alone, by either path', async () => {
    const body = { ...viewing, resource: record('101') };
    assert.equal((await call('search', '/tenants/search/access/v1/evaluation', body)).json.decision, true);
    assert.equal((await call('todo', '/tenants/search/access/v1/evaluation', body)).status, 403);
    assert.equal((await call('todo', '/access/v1/evaluation', body)).json.decision, false);
    assert.equal((await call('search auditor', '/access/v1/evaluation', body)).status, 403);
  });

  test('the configuration names the endpoints, of a tenant too', async () => {
    for (const base of ['', '/tenants/search', '/tenants/nobody']) {
      const { json } = await call('search', `/.well-known/authzen-configuration${base}`, undefined, { method: 'GET' });
      assert.equal(json.policy_decision_point, `${server.url}${base}`);
      assert.equal(json.access_evaluation_endpoint, `${server.url}${base}/access/v1/evaluation`);
      assert.equal(json.search_subject_endpoint, `${server.url}${base}/access/v1/search/subject`);
    }
  });
});
