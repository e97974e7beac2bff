// Cedar's reference implementation and ours on the same random policies, entities and requests: decision, deciding
// policies and failing policies must be equal. CEDAR_CASES says how many policy sets, eight requests each.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

const { binary } = JSON.parse(process.env.BAILIWICK_CLIENT_WORLD);
const cases = process.env.CEDAR_CASES ?? '500';
const seed = process.env.CEDAR_SEED ?? String(Date.now());

/** What the reference says, in the form that ours is printed in. */
function reference(name, entities, { principal, action, resource, context }) {
  const answer = cedar.statefulIsAuthorized({
    principal, action, resource, context, entities, preparsedPolicySetId: name,
  });
  assert.equal(answer.type, 'success', JSON.stringify(answer));
  const { decision, diagnostics } = answer.response;
  const errors = new Set(diagnostics.errors.map((error) => error.policyId));
  return { decision, reason: diagnostics.reason.toSorted(), errors: [...errors].toSorted() };
}

test(`the same answers as the reference in ${cases} random policy sets (seed ${seed})`, { timeout: 900_000 }, async () => {
  const program = spawn(join(dirname(binary), 'cedar_differential'), [cases, seed], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => program.on('close', done));
  const seen = new Set();
  let count = 0;
  for await (const line of createInterface({ input: program.stdout })) {
    const { policies, entities, requests } = JSON.parse(line);
    const parsed = cedar.preparsePolicySet('set', { staticPolicies: policies });
    assert.equal(parsed.type, 'success', policies);
    for (const { ours, ...request } of requests) {
      const expected = reference('set', entities, request);
      ours.reason.sort();
      ours.errors.sort();
      assert.deepEqual(ours, expected, `${policies}\n${JSON.stringify({ entities, request })}`);
      seen.add(`${ours.decision}${ours.errors.length > 0 ? ' with failures' : ''}`);
      count += 1;
    }
  }
  assert.equal(await ended, 0);
  assert.equal(count, 8 * Number(cases));
  assert.equal(seen.size, 4, `only ${[...seen]} came up: the generator has gone dull`);
});
