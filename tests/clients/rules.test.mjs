// A tenant's rule over HTTP: it holds however the document is named, and binds nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { call, world } from './world.mjs';

const read = (tenant, query) => call('GET', `/v1/corpus/document?${query}`, { token: world.tokens[tenant].operator });

for (const query of ['id=sealed/plan', 'id=%73ealed%2Fplan', 'collection=default&id=sealed/plan', 'collection=&id=sealed/plan',
  'id=sealed/plan&id=open']) {
  test(`a sealed document is not read: ${query}`, async () => {
    const { status, json } = await read('beta-inc', query);
    assert.equal(status, 403);
    assert.equal(json.code, 'rule.sealed-documents');
    assert.equal(json.detail, 'sealed documents are read by owners only; ask an owner of beta-inc');
  });
}

test('what the rule does not speak of is answered as before', async () => {
  for (const query of ['id=open', 'id=open&id=sealed/plan', 'collection=other&id=sealed/plan']) {
    const { status, json } = await read('beta-inc', query);
    assert.equal(status, 404, query);
    assert.match(json.code, /^document\./, query);
  }
  assert.equal((await read('acme-corp', 'id=sealed/plan')).status, 404);
});

test('the denial stands in the ledger with the document and the revision of the rules', async () => {
  await read('beta-inc', 'id=sealed/ledger');
  const { json } = await call('GET', '/v1/ledger/records?tail=100', { token: world.tokens['beta-inc'].auditor });
  const denied = json.entries.map(({ record }) => record).filter(({ reason }) => reason === 'rule.sealed-documents').at(-1);
  assert.equal(denied.resource, 'document:default/sealed/ledger');
  assert.match(denied.policy_revision, /^roles-1\+[0-9a-f]{16}$/);
});
