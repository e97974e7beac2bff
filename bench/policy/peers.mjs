// A peer in one process: `node peers.mjs cedar-wasm|casbin FOLDER TENANTS`. Answers each line on stdin (seconds) with
// the times of single decisions, as policy_decide does.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [peer, folder, tenants] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(join(folder, 'requests.json'), 'utf8'));

const CASBIN_MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && g(r.sub, p.sub) && g2(r.obj, p.obj)
`;

async function cedarWasm() {
  const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
  const staticPolicies = readFileSync(join(folder, 'policies.cedar'), 'utf8');
  for (let i = 0; i < tenants; ++i) {
    assert.equal(cedar.preparsePolicySet(`t${i}`, { staticPolicies }).type, 'success');
  }
  return (tenant, { principal, action, resource, context, entities }) => {
    const answer = cedar.statefulIsAuthorized(
      { principal, action, resource, context, entities, preparsedPolicySetId: `t${tenant}` });
    return answer.response.decision === 'allow';
  };
}

async function casbin() {
  const { StringAdapter, newEnforcer, newModelFromString } = await import('casbin');
  const lines = readFileSync(join(folder, 'casbin.csv'), 'utf8');
  const enforcers = [];
  for (let i = 0; i < tenants; ++i) {
    enforcers.push(await newEnforcer(newModelFromString(CASBIN_MODEL), new StringAdapter(lines)));
  }
  return (tenant, { principal, action, resource }) => (
    enforcers[tenant].enforceSync(principal.id, resource.id, action.id));
}

const decide = await { 'cedar-wasm': cedarWasm, casbin }[peer]();
if (peer === 'cedar-wasm') {
  for (const request of requests.slice(0, 200)) assert.equal(decide(0, request), request.allowed, 'it decides otherwise');
}
process.stdout.write('ready\n');

let turn = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const until = process.hrtime.bigint() + BigInt(Math.round(Number(line) * 1e9));
  const times = [];
  for (let before = process.hrtime.bigint(); before < until;) {
    const [tenant, request] = [turn % tenants, requests[turn % requests.length]];
    before = process.hrtime.bigint();
    decide(tenant, request);
    times.push(Number(process.hrtime.bigint() - before));
    turn += 1;
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))];
  process.stdout.write(`${JSON.stringify({ p50_ns: at(0.5), p99_ns: at(0.99), decisions: times.length })}\n`);
}
