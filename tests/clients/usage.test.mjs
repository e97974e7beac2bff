// Usage reports and invoices are the ledger added up, to the picodollar: over HTTP, as CSV, and at the command line.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { call, cli, openai, uniqueText, world } from './world.mjs';

const TENANT = 'acme-corp';
const NEIGHBOUR = 'beta-inc';
const { operator, viewer, auditor } = world.tokens[TENANT];
const COUNTS = ['requests', 'denied', 'errors', 'input_tokens', 'output_tokens', 'documents', 'bytes'];

/** A decimal text as a whole number of its smallest part. */
const scaled = (text, places) => {
  const [whole, behind = ''] = text.split('.');
  return BigInt(whole + behind.padEnd(places, '0'));
};
const pico = (usd) => scaled(usd, 12);
const zero = () => ({ ...Object.fromEntries(COUNTS.map((name) => [name, 0])), cost: 0n });
const add = (sum, row) => {
  for (const name of COUNTS) sum[name] += Number(row[name] ?? 0);
  sum.cost += pico(row.cost_usd ?? '0');
  return sum;
};
const totalsOf = (row) => add(zero(), row);

/** What the records up to `sequence` come to, read from the ledger's own export. */
async function ledgerUpTo(sequence) {
  const { raw } = await call('GET', '/v1/ledger/export', { token: auditor });
  const records = raw.trim().split('\n').map((line) => JSON.parse(line).record).filter((r) => r.sequence <= sequence);
  assert.equal(records.length, sequence);
  return records.reduce((sum, record) => {
    if (record.kind === 'request') {
      const times = record.extra?.repeated ?? 1;
      const denied = record.decision === 'deny';
      add(sum, { requests: times, denied: denied ? times : 0, errors: !denied && record.status >= 500 ? times : 0 });
      add(sum, { documents: record.extra?.documents, bytes: record.extra?.bytes });
    }
    const { input_tokens, output_tokens, cost_usd } = record;
    return add(sum, { input_tokens, output_tokens, cost_usd });
  }, zero());
}

/** Rows of a CSV text without quoted line ends, as objects. */
function rowsOf(csv) {
  assert.ok(csv.endsWith('\r\n'));
  const [head, ...lines] = csv.trimEnd().split('\r\n').map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i]])));
}

const report = async (query, token = viewer) => {
  const answer = await call('GET', `/v1/usage?from=2000-01&${query}`, { token });
  assert.equal(answer.status, 200, answer.raw);
  return answer.json;
};

before(async () => {
  const ask = (text) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }] });
  for (let i = 0; i < 3; i += 1) await openai(TENANT).chat.completions.create(ask(uniqueText('usage')));
  await call('POST', '/v1/ask', { token: operator, body: { question: 'blood bank' } });
  await call('POST', '/v1/ask', { token: viewer, body: { question: 'blood bank' } }); // a denial
});

const DIMENSIONS = ['program', 'namespace', 'token', 'operation', 'provider', 'model'];
for (const group_by of ['', 'hour', 'day', 'month', ...DIMENSIONS, `day,${DIMENSIONS.join(',')}`]) {
  test(`by ${group_by || 'nothing'}, rows and total are the sum of the ledger`, async () => {
    const found = await report(`group_by=${group_by}&page_size=500`);
    const rows = found.rows.reduce(add, zero());
    const ledger = await ledgerUpTo(found.through_sequence);
    assert.deepEqual(rows, ledger);
    assert.deepEqual(totalsOf(found.total), ledger);
    assert.ok(ledger.cost > 0n && ledger.denied > 0 && ledger.documents > 0, 'there is something to add up');
    for (const name of group_by.split(',').filter(Boolean))
      assert.ok(found.rows.every((row) => typeof row[name] === 'string'), name);
  });
}

test('pages hold every row once', async () => {
  const query = 'group_by=day,token,operation,model&to=2999-12&page_size=2';
  const seen = [];
  let token = '';
  do {
    const page = await report(`${query}&page_token=${token}`);
    assert.ok(page.rows.length <= 2);
    seen.push(...page.rows);
    token = page.next_page_token;
  } while (token);
  const names = seen.map((row) => [row.day, row.token, row.operation, row.model].join(' '));
  assert.ok(names.length > 4);
  assert.deepEqual(names, [...new Set(names)].sort());
});

test('CSV holds the same rows, by Accept and by format', async () => {
  const path = '/v1/usage?from=2000-01&group_by=operation,model';
  const { rows } = await report('group_by=operation,model&page_size=500');
  for (const options of [{ headers: { accept: 'text/csv' } }, { query: '&format=csv' }]) {
    const table = await call('GET', path + (options.query ?? ''), { token: viewer, headers: options.headers });
    assert.equal(table.status, 200, table.raw);
    assert.match(table.headers.get('content-type'), /^text\/csv/);
    const of = (row) => [row.operation, row.model, row.output_tokens, row.cost_usd].map(String).join(' ');
    // Reading usage is recorded too, so its own row has grown.
    assert.deepEqual(rowsOf(table.raw).map(of), rows.map(of));
  }
});

test('an invoice is the month under the rules, line by line', async () => {
  const month = (await report('')).to.slice(0, 7);
  const answer = await call('GET', `/v1/invoices/${month}`, { token: viewer });
  assert.equal(answer.status, 200, answer.raw);
  const invoice = answer.json;
  assert.equal(invoice.final, false);
  assert.match(invoice.revision, /^[0-9a-f]{16}$/);
  const line = (name) => invoice.lines.find((one) => one.name === name);
  const questions = line('Questions');
  const priced = questions.tiers.reduce((sum, tier) => sum + Number(tier.quantity), 0);
  assert.equal(Number(questions.quantity), Number(questions.included) + priced);
  assert.equal(line('Models').quantity, invoice.usage.cost_usd);
  assert.equal(scaled(line('Models').exact_usd, 15), pico(invoice.usage.cost_usd) * 1125n, '12.5 % are added');
  const cents = (usd) => scaled(usd, 2);
  assert.ok(invoice.lines.every((one) => /^\d+\.\d\d$/.test(one.amount_usd)));
  assert.equal(cents(invoice.total_usd), invoice.lines.reduce((sum, one) => sum + cents(one.amount_usd), 0n));

  const asTable = { token: world.admin, headers: { accept: 'text/csv' } };
  const table = await call('GET', `/v1/tenants/${TENANT}/invoices/${month}`, asTable);
  assert.deepEqual(
    rowsOf(table.raw).map((row) => [row.line, row.amount_usd]),
    invoice.lines.map((one) => [one.name, one.amount_usd]));
  const none = await call('GET', `/v1/invoices/${month}`, { token: world.tokens[NEIGHBOUR].viewer });
  assert.equal(none.json.code, 'invoice.no_rating');
});

test('numbers are read by those who manage, and by no neighbour', async () => {
  const path = `/v1/tenants/${TENANT}/usage/report`;
  assert.equal((await call('GET', path, { token: world.admin })).status, 200);
  assert.equal((await call('GET', `/v1/usage?tenant=${TENANT}`, { token: world.admin })).status, 200);
  for (const place of [path, `/v1/usage?tenant=${TENANT}`, `/v1/tenants/${TENANT}/invoices/2026-11`]) {
    const foreign = await call('GET', place, { token: world.tokens[NEIGHBOUR].auditor });
    assert.equal(foreign.json.code, 'tenant.mismatch', place);
  }
  const byToken = '/v1/usage?from=2000-01&group_by=token,model';
  const theirs = await call('GET', byToken, { token: world.tokens[NEIGHBOUR].viewer });
  const admin = (await call('GET', '/v1/whoami', { token: world.admin })).raw; // works in both
  for (const { token } of (await report('group_by=token')).rows) {
    if (token && !admin.includes(token.replace('token:', ''))) assert.ok(!theirs.raw.includes(token), token);
  }
});

test('the command line prints what the API answers', async () => {
  const usage = (...words) => cli(viewer, 'usage', 'report', '--tenant', TENANT, ...words);
  const whole = JSON.parse(await usage('--from', '2000-01', '--group-by', 'model', '-o', 'json'));
  const model = whole.rows.find((row) => row.model === 'gpt-4o-mini');
  assert.ok(model.output_tokens > 0);
  assert.deepEqual(whole.rows.reduce(add, zero()), totalsOf(whole.total));
  const csv = rowsOf(await usage('--from', '2000-01', '--group-by', 'model', '-o', 'csv'));
  assert.equal(csv.find((row) => row.model === 'gpt-4o-mini').cost_usd, model.cost_usd);
  const table = await usage('--month', whole.to.slice(0, 7), '--group-by', 'day,model');
  assert.match(table, /^DAY +MODEL +REQUESTS .*COST USD\n/);
  assert.match(table, /\ntotal +/);
  assert.match(await usage('-o', 'yaml'), /through_sequence: \d+/);

  const month = whole.to.slice(0, 7);
  const bill = (...words) => cli(viewer, 'usage', 'invoice', '--tenant', TENANT, '--month', month, ...words);
  const invoice = JSON.parse(await bill('-o', 'json'));
  const last = rowsOf(await bill('-o', 'csv')).at(-1);
  assert.equal(last.amount_usd, invoice.lines.at(-1).amount_usd);
  assert.ok((await bill()).includes(invoice.total_usd));
  await assert.rejects(usage('--from', 'yesterday'), /write one like 2026-11-25/);
  await assert.rejects(cli(viewer, 'tokens', 'list', '--tenant', TENANT, '-o', 'csv'), (failure) => failure.code === 2);
});
