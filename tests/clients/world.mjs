// What a test file sees of the running world: addresses, tokens, clients, and a fetch that holds every answer against
// the server's own OpenAPI document.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { afterEach } from 'node:test';
import { promisify } from 'node:util';

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

import { Contract } from './contract.mjs';
import { upstreamCalls } from './upstream.mjs';

if (!process.env.BAILIWICK_CLIENT_WORLD) throw new Error('started by run.mjs only');
export const world = JSON.parse(process.env.BAILIWICK_CLIENT_WORLD);
export const contract = await Contract.load(world.url);

const faults = [];
// SDKs turn a throw inside fetch into a retried connection error, so faults are gathered and judged after the test.
afterEach(() => assert.deepEqual(faults.splice(0), [], 'answers that differ from /openapi.json'));

/** A fetch that checks each answer; `attempts` grows by one status for each request really sent. */
export function checkedFetch(attempts = []) {
  return async (resource, options = {}) => {
    const response = await fetch(resource, options);
    attempts.push(response.status);
    // A clone that nobody reads would hold a stream up, so streams are judged by their head.
    const streamed = response.headers.get('content-type')?.startsWith('text/event-stream');
    const judged = streamed ? new Response(null, response) : response.clone();
    faults.push(...(await contract.faults(options.method ?? 'GET', String(resource), judged)));
    return response;
  };
}

/** The official OpenAI client with a tenant's token as the API key. */
export function openai(tenant, { role = 'operator', token = world.tokens[tenant]?.[role], attempts, ...rest } = {}) {
  return new OpenAI({ apiKey: token, baseURL: `${world.url}/v1`, fetch: checkedFetch(attempts), ...rest });
}

/** The official Anthropic client, likewise. */
export function anthropic(tenant, { role = 'operator', token = world.tokens[tenant]?.[role], attempts, ...rest } = {}) {
  return new Anthropic({ apiKey: token, authToken: null, baseURL: world.url, fetch: checkedFetch(attempts), ...rest });
}

/** A plain request; `body` is sent as JSON, or as it is when a string. */
export async function call(method, path, { token, body, headers = {} } = {}) {
  const sent = { ...headers };
  if (token) sent.authorization = `Bearer ${token}`;
  if (body !== undefined) sent['content-type'] ??= 'application/json';
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await checkedFetch()(`${world.url}${path}`, { method, headers: sent, body: text });
  const raw = await response.text();
  const json = /\bjson\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(raw) : undefined;
  return { status: response.status, headers: response.headers, raw, json };
}

/** Runs a bailiwick command with `token`; returns its stdout. */
export async function cli(token, ...words) {
  const env = { ...process.env, BAILIWICK_URL: world.url, BAILIWICK_TOKEN: token, NO_COLOR: '1' };
  return (await promisify(execFile)(world.binary, words, { env, timeout: 60_000 })).stdout;
}

export const seenUpstream = (text) => upstreamCalls(world.upstream, world.upstreamKey, text);

/** A text that no other test sends, to find one call in journals by. */
let count = 0;
export const uniqueText = (about) => `${about} ${process.pid}-${(count += 1)}`;
