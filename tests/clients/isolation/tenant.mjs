// One of the two tenants: asks with its own tokens, and looks for the neighbour in all that it hears.
import { Secrets } from './leaks.mjs';

// Long enough to name one thing: hashes, lineage ids, and what follows the prefix of chunk, request and token ids.
const IDENTIFIER = /[0-9a-f-]{24,}/g;
const NOTHING = '0'.repeat(64); // the hash before a chain's first record

/** The identifiers in `text`, in its order. */
export const identifiersIn = (text) => (text.match(IDENTIFIER) ?? []).filter((identifier) => identifier !== NOTHING);

const textOf = (headers) => [...headers].map(([name, value]) => `${name}: ${value}`).join('\n');

export class Tenant {
  /** Owns a collection, in whose rows `canaries` are planted already. */
  constructor(id, canaries, { rows, questions }) {
    Object.assign(this, { id, canaries, rows, questions });
    this.secrets = new Secrets(id, Object.values(canaries), rows.map((row) => row.text));
    this.heard = new Set(); // identifiers
    this.faults = [];
  }

  /** Its tenant.yaml; whoever reads the name or the description knows a canary. */
  get declaration() {
    const { profile } = this.canaries;
    return `id: ${this.id}\nname: ${this.id} ${profile}\ndescription: keeps ${profile}\nplan: enterprise\n`;
  }

  /** Makes the tokens; `server` serves the tenant already. */
  async moveIn(server, contract, neighbour) {
    Object.assign(this, { server, contract, neighbour, tokens: {} });
    for (const role of ['operator', 'auditor']) this.tokens[role] = await server.createToken(this.id, role);
  }

  /**
   * Sends a request and examines the answer: the neighbour's secrets in the head or the body, and what differs from
   * /openapi.json, go to `faults`. `said` are words of the neighbour in the request itself, which may come back.
   */
  async call(method, path, { role = 'operator', body, headers = {}, said = [] } = {}) {
    const sent = { authorization: `Bearer ${this.tokens[role]}`, ...headers };
    if (body !== undefined) sent['content-type'] = 'application/json';
    const url = `${this.server.url}${path}`;
    const response = await fetch(url, { method, headers: sent, body: body && JSON.stringify(body) });
    const raw = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const judged = new Response(raw === '' || type.startsWith('text/event-stream') ? null : raw, response);
    this.faults.push(...(await this.contract.faults(method, url, judged)));
    this.hear(`${method} ${path} → ${response.status}`, `${textOf(response.headers)}\n\n${raw}`, said);
    return { status: response.status, raw, json: /\bjson\b/.test(type) ? JSON.parse(raw) : undefined };
  }

  /** Examines `text`, which reached this tenant at `place`. */
  hear(place, text, said = []) {
    const examined = said.reduce((rest, words) => rest.replaceAll(words, ''), text);
    for (const leak of this.leaksIn(examined)) this.faults.push(`${this.id}: ${place} has ${leak}`);
    for (const identifier of identifiersIn(examined)) this.heard.add(identifier);
  }

  /** What `text` gives away of the neighbour, as sentences. */
  leaksIn(text) {
    return this.neighbour.secrets.foundIn(text);
  }

  /** Identifiers that both tenants heard. */
  sharedIdentifiers() {
    return [...this.heard].filter((identifier) => this.neighbour.heard.has(identifier));
  }
}
