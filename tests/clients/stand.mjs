// A server of one test file's own, with tenants that no other file sees: limits run out and providers fail here without
// an effect elsewhere.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { stringify } from 'yaml';

import { Server } from './server.mjs';
import { checkedFetch, world } from './world.mjs';

export const UPSTREAM_KEY = 'sk-stand-0123456789';
const ROLES = ['operator', 'auditor'];
const SETTLE_LIMIT_MS = 15_000;

/** A provider of router.yaml at `base_url`. */
export const provider = (kind, base_url, more = {}) => ({ kind, base_url, api_key: 'env:BAILIWICK_STAND_KEY', ...more });

export class Stand {
  /** `tenants`: by id, `{tenant, router}` as in their YAML files. `quotas`: of the platform. */
  static async start(tenants, { quotas } = {}) {
    const stand = new Stand();
    stand.folder = mkdtempSync(join(tmpdir(), 'bailiwick-stand-'));
    const write = (owner, file, content) => {
      mkdirSync(join(stand.folder, 'tenants', owner), { recursive: true });
      writeFileSync(join(stand.folder, 'tenants', owner, file), stringify(content));
    };
    for (const [id, { tenant, router }] of Object.entries(tenants)) {
      write(id, 'tenant.yaml', { id, name: id, plan: 'pro', ...tenant });
      write(id, 'router.yaml', { tenant_id: id, ...router });
    }
    if (quotas) write('_platform', 'quotas.yaml', quotas);
    process.once('SIGTERM', () => { stand.cleanUp(); process.exit(1); }); // out of time
    stand.server = await Server.start(world.binary, stand.folder, {
      BAILIWICK_STAND_KEY: UPSTREAM_KEY, BAILIWICK__PRICES: join(world.root, 'tests/clients/prices.json'),
    });
    stand.url = stand.server.url;
    stand.tokens = {};
    for (const id of Object.keys(tenants)) {
      stand.tokens[id] = {};
      for (const role of ROLES) stand.tokens[id][role] = await stand.server.createToken(id, role);
    }
    return stand;
  }

  /** A plain request as `tenant`; the answer is held against the API's document. */
  async call(tenant, method, path, { role = 'operator', token = this.tokens[tenant][role], body, headers = {} } = {}) {
    const sent = { authorization: `Bearer ${token}`, ...headers };
    if (body !== undefined) sent['content-type'] = 'application/json';
    const response = await checkedFetch()(`${this.url}${path}`, { method, headers: sent, body: body && JSON.stringify(body) });
    const raw = await response.text();
    const json = /\bjson\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(raw) : undefined;
    return { status: response.status, headers: response.headers, raw, json };
  }

  /** A chat by the tenant's routes. */
  chat(tenant, content, { model = 'auto', more = {}, ...options } = {}) {
    const body = { model, messages: [{ role: 'user', content }], ...more };
    return this.call(tenant, 'POST', '/v1/chat/completions', { body, ...options });
  }

  /** A token of the tenant that has `quotas` of its own. */
  async limitedToken(tenant, quotas) {
    const words = Object.entries(quotas).flatMap(([key, value]) => ['--quota', `${key}=${value}`]);
    const create = ['tokens', 'create', '--tenant', tenant, '--role', 'operator', '-o', 'json'];
    const printed = await this.server.cli([...create, ...words]);
    return JSON.parse(printed).token;
  }

  /** The tenant's level of its budgets, asked for by the platform: a tenant's own question would count as in progress. */
  async level(tenant) {
    const { adminToken: token } = this.server;
    const { status, raw, json } = await this.call(tenant, 'GET', `/v1/tenants/${tenant}/budgets`, { token });
    assert.equal(status, 200, raw);
    return json.levels.find(({ level }) => level === 'tenant');
  }

  async routes(tenant) {
    const words = ['routes', 'show', '--tenant', tenant, '-o', 'json'];
    return JSON.parse(await this.server.cli(words, this.tokens[tenant].operator));
  }

  /** Waits until no call of the tenant is in progress, and returns its level. */
  async settled(tenant) {
    return until(() => this.level(tenant), ({ concurrent }) => concurrent === 0, `a call of ${tenant} does not end`);
  }

  async stop() {
    const code = await this.server?.stop();
    this.cleanUp();
    assert.equal(code, 0, `the server ended with ${code}; the end of its log:\n${this.server?.log.slice(-4000)}`);
  }

  cleanUp() {
    this.server?.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Looks until `good(await look())`, and returns what it saw. */
export async function until(look, good, otherwise) {
  const deadline = Date.now() + SETTLE_LIMIT_MS;
  while (true) {
    const seen = await look();
    if (good(seen)) return seen;
    if (Date.now() > deadline) assert.fail(`${otherwise}: ${JSON.stringify(seen)}`);
    await pause(10);
  }
}
