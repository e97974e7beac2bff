// Two tenants on one server, each with a real collection: every question of both is asked of both. Each finds its own
// documents, and nothing of the neighbour is in a body, a header, an error, a citation, a ledger, a metric or the log.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { Contract } from './contract.mjs';
import {
  absentFrom, dataFolder, mean, ndcgAt10, readSciFact, readXquad, recallAt10,
} from './isolation/collections.mjs';
import { FRAGMENT } from './isolation/leaks.mjs';
import { Tenant, identifiersIn } from './isolation/tenant.mjs';
import { Server } from './server.mjs';

// Words of no language, so that one is only ever seen where its tenant's data is.
const CANARIES = {
  sci: {
    text: 'vexilloquark', title: 'ombrelunare', id: 'kestrelbrine', metadata: 'saffrodrift', collection: 'tidewaxen',
    profile: 'marlwhistle',
  },
  xq: {
    text: 'quillnarwhal', title: 'gossambrine', id: 'thistlevolt', metadata: 'umberlattice', collection: 'fennelglyph',
    profile: 'cobblezephyr',
  },
};
const AT_ONCE = 8;
const SAMPLE = 20; // every so many questions go to the chat routes too

const { root, binary } = JSON.parse(process.env.BAILIWICK_CLIENT_WORLD);
const data = dataFolder(root);
const absent = absentFrom(data);
const why = `${absent.join(' and ')} absent; set BAILIWICK_SHARED`;
if (process.env.CI) assert.deepEqual(absent, [], why);

/** Runs `work` on each item, AT_ONCE at a time. */
async function forEach(items, work) {
  const queue = items.values();
  const worker = async () => { for (const item of queue) await work(item); };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** An answer without what differs between any two requests, and without the words that were asked for. */
function unnamed({ raw }, words) {
  const plain = words.reduce((text, word) => text.replaceAll(word, '…'), raw);
  return plain.replaceAll(/req_[0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…');
}

/** What a client of OpenAI or Anthropic puts together from an event stream. */
function streamedText(raw) {
  const events = raw.split('\n').filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6)));
  return events.map((event) => event.choices?.[0]?.delta?.content ?? event.delta?.text ?? '').join('');
}

describe('two tenants with real collections', { skip: absent.length > 0 && why }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-isolation-'));
  let sci;
  let xq;
  let server;
  let everyQuestion;
  const homeAnswers = {}; // of one question each

  before(async () => {
    sci = new Tenant('sci', CANARIES.sci, readSciFact(data, CANARIES.sci));
    xq = new Tenant('xq', CANARIES.xq, readXquad(data, CANARIES.xq));
    everyQuestion = [sci, xq].flatMap((home) => home.questions.map((question) => ({ home, ...question })));
    for (const { id, declaration } of [sci, xq]) {
      mkdirSync(join(folder, 'tenants', id), { recursive: true });
      writeFileSync(join(folder, 'tenants', id, 'tenant.yaml'), declaration);
    }
    server = await Server.start(binary, folder, {
      BAILIWICK__BUNDLES__REQUIRE_SIGNATURE: 'false', BAILIWICK__LOG__LEVEL: 'debug',
    });
    const contract = await Contract.load(server.url);
    await sci.moveIn(server, contract, xq);
    await xq.moveIn(server, contract, sci);
  });
  const cleanUp = () => {
    server?.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  after(cleanUp);
  process.once('SIGTERM', () => { cleanUp(); process.exit(1); }); // out of time
  afterEach(() => {
    for (const tenant of [sci, xq]) {
      const all = tenant?.faults.splice(0) ?? [];
      assert.deepEqual(all.slice(0, 5), [], `${all.length} leaks or answers that differ from /openapi.json`);
    }
  });

  test('the collections have nothing in common', () => {
    for (const tenant of [sci, xq]) {
      for (const row of tenant.rows) tenant.hear(row._id, JSON.stringify(row));
    }
    assert.deepEqual([sci.rows.length, sci.questions.length], [5183, 300]);
    assert.deepEqual([xq.rows.length, xq.questions.length], [240, 1190]);
  });

  test('the command line loads them', async () => {
    for (const tenant of [sci, xq]) {
      const file = join(folder, `${tenant.id}.jsonl`);
      writeFileSync(file, tenant.rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const where = ['--tenant', tenant.id, '--collection', tenant.canaries.collection];
      const printed = await server.cli(['corpus', 'add', ...where, file, '-o', 'json'], tenant.tokens.operator);
      tenant.hear('corpus add', printed);
      assert.equal(JSON.parse(printed).added, tenant.rows.length, printed);
    }
  });

  test('every question finds its documents at home, and nothing of them next door', async (context) => {
    const scores = { sci: [], xq: [] };
    const answered = { sci: 0, xq: 0 };
    const measure = { sci: ndcgAt10, xq: recallAt10 };
    await forEach(everyQuestion, async ({ home, text, relevant }) => {
      for (const tenant of [home, home.neighbour]) {
        // A document that leaked would be among the first next door: the question was written about it.
        const search = { query: text, group_by: 'document', top_k: 10 };
        const found = await tenant.call('POST', '/v1/retrieve', { body: search });
        const asked = await tenant.call('POST', '/v1/ask', { body: { question: text } });
        assert.deepEqual([found.status, asked.status], [200, 200], found.raw + asked.raw);
        if (tenant !== home) continue;
        scores[home.id].push(measure[home.id](found.json.results.map((hit) => hit.document_id), relevant));
        if (!asked.json.citations.some((citation) => relevant.has(citation.document_id))) continue;
        answered[home.id] += 1;
        homeAnswers[home.id] = [found.raw, asked.raw];
      }
    });
    const [ndcg, recall] = [mean(scores.sci), mean(scores.xq)];
    context.diagnostic(`SciFact: nDCG@10 ${ndcg.toFixed(4)}, ${answered.sci} of 300 answers cite a relevant abstract`);
    context.diagnostic(`XQuAD: recall@10 ${recall.toFixed(4)}, ${answered.xq} of 1190 answers cite the paragraph`);
    assert.ok(ndcg >= 0.66, `SciFact nDCG@10 is ${ndcg}`);
    assert.ok(recall >= 0.97, `XQuAD recall@10 is ${recall}`);
  });

  test('a leak would be found: what is said at home is reported next door', async () => {
    for (const home of [sci, xq]) {
      const reported = (text) => home.neighbour.leaksIn(text).join('\n');
      for (const answer of homeAnswers[home.id]) assert.match(reported(answer), /^the word .*\nwords of /);
      for (const word of Object.values(home.canaries)) assert.match(reported(`x-note: ${word}`), new RegExp(word));
      const passage = home.rows[0].text;
      for (let at = 0; at < FRAGMENT; at += 1) {
        assert.match(reported(`{"a": "##${passage.slice(at, at + FRAGMENT)}##"}`), /words of /);
        assert.doesNotMatch(reported(`{"a": "##${passage.slice(at, at + FRAGMENT - 1)}##"}`), /words of /);
      }
    }
  });

  test('chats and messages, whole and streamed, know the own documents alone', async () => {
    const chatAnswers = [];
    const sample = everyQuestion.filter((_, number) => number % SAMPLE === 0);
    await forEach(sample, async ({ home, text }) => {
      for (const tenant of [home, home.neighbour]) {
        for (const stream of [false, true]) {
          const body = { model: 'auto', max_tokens: 500, stream, messages: [{ role: 'user', content: text }] };
          for (const path of ['/v1/chat/completions', '/v1/messages']) {
            const answer = await tenant.call('POST', path, { body });
            assert.equal(answer.status, 200, answer.raw);
            if (stream) tenant.hear(`the text of ${path}`, streamedText(answer.raw));
            if (tenant === home && !stream) chatAnswers.push(answer.raw);
          }
        }
      }
    });
    const cited = chatAnswers.filter((text) => text.includes(CANARIES.sci.id) || text.includes(CANARIES.xq.id));
    assert.ok(cited.length > chatAnswers.length / 2, `${cited.length} of ${chatAnswers.length} cite documents`);
  });

  test('asking for the neighbour by name finds what asking for nobody finds', async () => {
    for (const tenant of [sci, xq]) {
      const { id, canaries, rows } = tenant.neighbour;
      const [theirs, nobodys] = [rows[0]._id, 'zyzzogeton'];
      const listed = await tenant.neighbour.call('GET', '/v1/corpus/documents?page_size=1');
      const { document_id: held, sha256 } = listed.json.documents[0];
      const document = (name, at) => `/v1/corpus/document?id=${encodeURIComponent(name)}&collection=${at}`;
      const requests = [
        [(name, at) => ['GET', document(name, at)], 404],
        [(name, at) => ['DELETE', document(name, at)], 404],
        [(_, at) => ['GET', `/v1/corpus/documents?collection=${at}`], 200],
        [(_, at) => ['POST', '/v1/retrieve', { query: 'the study of war', collection: at }], 200],
        [(_, at) => ['POST', '/v1/ask', { question: 'the study of war', collection: at }], 200],
        [(_, at) => ['POST', '/v1/retrieve', { query: 'the study of war', filter: { origin: at } }], 200],
        [(_, at) => ['POST', '/v1/retrieve', { query: at }], 200],
      ];
      // A ledger says what its tenant asked for, by the name that the tenant gave.
      const words = [[theirs, canaries.collection], [theirs, canaries.metadata], [theirs, canaries.text], [id, id]];
      tenant.named = words.map(([name, at]) => `"resource":"document:${at}/${name}"`);
      for (const [request, status] of requests) {
        const [method, path, body] = request(nobodys, nobodys);
        const expected = await tenant.call(method, path, { body });
        assert.equal(expected.status, status, expected.raw);
        for (const named of words) {
          const [, there, asked] = request(...named);
          const answer = await tenant.call(method, there, { body: asked });
          assert.equal(answer.status, status, answer.raw);
          assert.deepEqual(unnamed(answer, named), unnamed(expected, [nobodys]), `${method} ${there}`);
        }
      }
      const chat = { model: canaries.profile, messages: [{ role: 'user', content: 'hello' }] };
      const unrouted = await tenant.call('POST', '/v1/chat/completions', { body: chat, said: [canaries.profile] });
      assert.equal(unrouted.status, 404, unrouted.raw);
      const known = { collection: canaries.collection, documents: [{ document_id: held, sha256 }] };
      const missing = await tenant.call('POST', '/v1/corpus/missing', { body: known, said: [held] });
      assert.deepEqual(missing.json.missing, [held], 'the neighbour has it, and that shows');
    }
  });

  test('a request that names the neighbour is refused as one that names nobody', async () => {
    for (const tenant of [sci, xq]) {
      const theirs = tenant.neighbour.id;
      const chat = { model: 'auto', messages: [{ role: 'user', content: 'war' }] };
      const requests = (name) => [
        ['POST', '/v1/retrieve', { body: { query: 'war' }, headers: { 'x-bailiwick-tenant': name } }],
        ['POST', `/v1/ask?tenant=${name}`, { body: { question: 'war' } }],
        ['POST', '/v1/chat/completions', { body: chat, headers: { 'x-decisionos-tenant': name } }],
        ['GET', '/v1/corpus/documents', { headers: { 'x-bailiwick-tenant': name } }],
        ['GET', '/v1/ledger/export', { role: 'auditor', headers: { 'x-bailiwick-tenant': name } }],
        ['GET', '/v1/ledger/records?tail=10', { role: 'auditor', headers: { 'x-bailiwick-tenant': name } }],
        ['GET', `/v1/tenants/${name}`, {}],
        ['GET', `/v1/tenants/${name}/usage`, {}],
        ['GET', `/v1/tenants/${name}/usage/report?group_by=token,model`, {}],
        ['GET', `/v1/usage?tenant=${name}&format=csv`, {}],
        ['GET', `/v1/tenants/${name}/invoices/2026-11`, {}],
        ['GET', `/v1/tenants/${name}/tokens`, {}],
        ['POST', `/v1/tenants/${name}/suspend`, { body: { reason: 'mischief' } }],
        ['DELETE', `/v1/tenants/${name}`, {}],
      ];
      const [foreign, unknown] = [requests(theirs), requests('nobody')];
      for (const [number, [method, path, options]] of foreign.entries()) {
        const answer = await tenant.call(method, path, options);
        assert.equal(answer.status, 403, `${method} ${path}: ${answer.raw}`);
        const expected = await tenant.call(...unknown[number]);
        assert.deepEqual(unnamed(answer, [theirs]), unnamed(expected, ['nobody']), `${method} ${path}`);
      }
      for (const path of ['/v1/tenants', '/metrics']) {
        assert.equal((await tenant.call('GET', path)).status, 403, path);
      }
    }
  });

  test('ledgers, listings and usage hold the own alone', async () => {
    for (const tenant of [sci, xq]) {
      const ledger = await tenant.call('GET', '/v1/ledger/export', { role: 'auditor', said: tenant.named });
      assert.equal(ledger.status, 200);
      assert.ok(ledger.raw.includes(tenant.canaries.id), 'the lineage names the documents');
      const rows = ledger.raw.trim().split('\n').map((line) => JSON.parse(line).record);
      assert.ok(rows.every((record) => record.tenant_id === tenant.id));
      const asked = rows.filter((record) => record.kind === 'request' && record.decision === 'allow');
      assert.ok(asked.length > 2 * everyQuestion.length, `${asked.length} records`);
      for (const path of ['/v1/ledger/records?tail=500', '/v1/ledger/checkpoint']) {
        assert.equal((await tenant.call('GET', path, { role: 'auditor', said: tenant.named })).status, 200);
      }
      tenant.hear('ledger tail', await server.cli(['ledger', 'tail', '--tenant', tenant.id], tenant.tokens.auditor));
      await server.cli(['ledger', 'verify', '--tenant', tenant.id], tenant.tokens.auditor);

      const listed = await server.cli(
        ['corpus', 'list', '--tenant', tenant.id, '--collection', tenant.canaries.collection, '-o', 'json'],
        tenant.tokens.operator);
      tenant.hear('corpus list', listed);
      assert.equal(JSON.parse(listed).documents.length, tenant.rows.length, 'nothing was deleted from next door');
      const everyUsage = '/v1/usage?from=2000-01&group_by=hour,program,namespace,token,operation,provider,model';
      const own = `/v1/tenants/${tenant.id}`;
      for (const path of ['/v1/models', '/v1/whoami', own, `${own}/usage`, everyUsage, `${everyUsage}&format=csv`]) {
        const answer = await tenant.call('GET', path);
        assert.equal(answer.status, 200, answer.raw);
      }
    }
    const admin = await fetch(`${server.url}/v1/whoami`, { headers: { authorization: `Bearer ${server.adminToken}` } });
    const adminsId = identifiersIn(await admin.text());
    assert.deepEqual(sci.sharedIdentifiers(), adminsId, 'both heard of more than who made their tokens');
  });

  test('metrics and the log know neither', async () => {
    const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.adminToken}` } });
    assert.equal(metrics.status, 200);
    const page = await metrics.text();
    assert.match(page, /bailiwick_requests_total\{[^}]*\/v1\/retrieve/);
    assert.equal(await server.stop(), 0, server.log.slice(-2000));
    assert.match(server.log, /"access\.denied"/);
    for (const tenant of [sci, xq]) {
      tenant.hear('/metrics', page);
      tenant.hear('the log', server.log);
      assert.ok(server.log.includes(`"tenant":"${tenant.id}"`));
    }
  });
});
