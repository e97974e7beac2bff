// Drives a real bailiwick with the clients that its users have: the official OpenAI and Anthropic SDKs, the AI SDK,
// LangChain, plain HTTP, and a schema checker.
//
//   BAILIWICK_BIN=build/dev/bailiwick node run.mjs [file.test.mjs…]
//
// Starts the upstream and the server once, makes tokens with the command line, loads the sample handbooks, runs each
// *.test.mjs in a process of its own, then reads the server's log for secrets. Exit 0 only if all of it is well.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

// The SDKs want Node 22; the lock file brings one, whatever the machine has.
if (Number(process.versions.node.split('.')[0]) < 22) {
  const node = join(here, `node_modules/node-linux-${process.arch}/bin/node`);
  if (!existsSync(node)) throw new Error(`run "npm ci --ignore-scripts" in ${here} first`);
  process.exit(spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);
}

const { startUpstream } = await import('./upstream.mjs');
const { AWS, startTongues } = await import('./tongues.mjs');
const { Server, layOutTenants } = await import('./server.mjs');

const binary = resolve(process.env.BAILIWICK_BIN ?? join(root, 'build/dev/bailiwick'));
if (!existsSync(binary)) throw new Error(`${binary} does not exist; build it, or set BAILIWICK_BIN`);

const ROLES = ['operator', 'viewer', 'auditor'];
const WITH_HANDBOOK = ['acme-corp', 'beta-inc'];
const TENANTS = readdirSync(join(here, 'tenants'));

/** Tokens by tenant and role, and each handbook in its tenant's corpus. */
async function furnish(server) {
  const tokens = {};
  for (const tenant of TENANTS) {
    tokens[tenant] = {};
    for (const role of ROLES) tokens[tenant][role] = await server.createToken(tenant, role);
  }
  for (const tenant of WITH_HANDBOOK) {
    const documents = join(root, 'examples/tenants', tenant, 'documents');
    await server.cli(['corpus', 'add', '--tenant', tenant, documents], tokens[tenant].operator);
  }
  return tokens;
}

/** Runs the test files; true when all passed. */
async function runTests(files) {
  let passed = 0;
  let failed = 0;
  const stream = run({ files, concurrency: 1, timeout: 600_000 });
  stream.on('test:pass', () => (passed += 1));
  stream.on('test:fail', () => (failed += 1));
  const report = stream.compose(new spec());
  report.pipe(process.stdout);
  await new Promise((done, fail) => report.on('end', done).on('error', fail));
  return passed > 0 && failed === 0;
}

/** The words of `secrets` that stand in the log; the values themselves are not printed. */
function leaks(log, secrets) {
  return Object.entries(secrets).filter(([, value]) => log.includes(value)).map(([name]) => name);
}

const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort();
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-clients-'));
const upstreamKey = `upstream-${randomBytes(12).toString('hex')}`;
const upstream = await startUpstream(upstreamKey);
const tongues = await startTongues(upstreamKey);
let server;
let good = false;
try {
  layOutTenants(join(here, 'tenants'), join(folder, 'tenants'), { UPSTREAM: upstream.url, TONGUES: tongues.url });
  server = await Server.start(binary, folder, {
    BAILIWICK_TEST_UPSTREAM_KEY: upstreamKey,
    BAILIWICK_TEST_AWS_KEY: `${AWS.access}:${AWS.secret}:${AWS.token}`,
    BAILIWICK__BUNDLES__REQUIRE_SIGNATURE: 'false',
    BAILIWICK__PRICES: join(here, 'prices.json'),
  });
  const tokens = await furnish(server);
  process.env.BAILIWICK_CLIENT_WORLD = JSON.stringify({
    root, binary, url: server.url, upstream: upstream.url, upstreamKey, admin: server.adminToken, tokens,
  });
  good = await runTests(names.map((name) => join(here, name)));

  const code = await server.stop();
  if (code !== 0) {
    console.error(`the server ended with ${code}; the end of its log:\n${server.log.slice(-4000)}`);
    good = false;
  }
  const secrets = { 'the upstream key': upstreamKey, 'the AWS secret': AWS.secret, 'the AWS session': AWS.token, 'the admin token': server.adminToken };
  for (const tenant of TENANTS) for (const role of ROLES) secrets[`the ${role} token of ${tenant}`] = tokens[tenant][role];
  secrets['a sentence of a handbook'] = 'A crossmatch sample is valid for 72 hours';
  const found = leaks(server.log, secrets);
  for (const name of found) console.error(`the server's log holds ${name}`);
  good &&= found.length === 0;
} finally {
  server?.child.kill('SIGKILL');
  await upstream.stop();
  await tongues.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
