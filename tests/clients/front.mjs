// Stands between the gateway and aimock as many providers at one address: `${front.url}/NAME` is the provider NAME.
// What a provider does with a call is a function that a test gives it; without one, aimock answers.
import { createServer } from 'node:http';

import { LLMock } from '@copilotkit/aimock';

import { UPSTREAM_KEY } from './stand.mjs';
import { USAGE } from './upstream.mjs';

const usage = {
  prompt_tokens: USAGE.input, completion_tokens: USAGE.output, total_tokens: USAGE.input + USAGE.output,
  input_tokens: USAGE.input, output_tokens: USAGE.output,
};
const NOT_PASSED = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];
const LAST_EVENT = /^data: \[DONE\]|^event: message_stop/m;
const passed = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED.includes(name)));

/** An answer that shows which question it is to, so that one that went astray is known by its text. */
export const answerTo = (question) => `You asked: ${question}. The kettle boils at the top of the hill.`;

/** aimock, answering with `answerTo`. `extend` adds fixtures that are looked at first. */
export async function startModels(extend = () => {}) {
  const models = new LLMock({ port: 0, chunkSize: 8, auth: { apiKeys: [UPSTREAM_KEY] }, journalMaxEntries: 1 });
  extend(models);
  models.on({ endpoint: 'chat' }, ({ messages }) => {
    const { content } = messages.findLast(({ role }) => role === 'user');
    const text = typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
    return { content: answerTo(text), usage };
  });
  await models.start();
  return models;
}

/** One call of a provider. */
class Visit {
  constructor(front, request, response, body) {
    Object.assign(this, { front, request, response, body });
    const [, name, rest] = request.url.match(/^\/([^/]+)(\/.*)$/);
    Object.assign(this, { name, path: rest });
    this.text = JSON.stringify(body.messages ?? body.input ?? '');
    this.left = new Promise((done) => response.on('close', done)); // by the caller, or because all is said
  }

  /** aimock's answer, as fetch sees it. */
  ask(headers = {}) {
    const { method } = this.request;
    return fetch(`${this.front.models.url}${this.path}`, {
      method, headers: { ...passed(this.request.headers), ...headers }, body: JSON.stringify(this.body),
    });
  }

  /** Passes aimock's answer on as it is; true when it was good and all of it was handed over. */
  async pass(headers) {
    try {
      const answer = await this.ask(headers);
      this.response.writeHead(answer.status, passed(Object.fromEntries(answer.headers)));
      let last = false;
      for await (const piece of answer.body) {
        if (this.response.destroyed) return last;
        this.response.write(piece);
        // Who has a stream's last event may leave before the message ends.
        last ||= LAST_EVENT.test(Buffer.from(piece).toString());
      }
      this.response.end();
      return answer.status === 200;
    } catch { // aimock broke off
      this.response.destroy();
      return false;
    }
  }

  /** Answers `status` with an error of the dialect of OpenAI. */
  refuse(status, headers = {}) {
    this.response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.response.end(JSON.stringify({ error: { message: `said ${status}`, type: 'server_error', param: null, code: null } }));
  }
}

export class Front {
  #behaviours = new Map();
  visits = []; // every call, oldest first: {name, text}

  static async start(models) {
    const front = new Front();
    front.models = models;
    front.server = createServer((request, response) => front.#serve(request, response));
    front.server.keepAliveTimeout = 60_000;
    await new Promise((done) => front.server.listen(0, '127.0.0.1', done));
    front.host = `127.0.0.1:${front.server.address().port}`;
    front.url = `http://${front.host}`;
    return front;
  }

  /** `behave(visit)` answers the calls of provider `name` from now on. */
  when(name, behave) {
    this.#behaviours.set(name, behave);
  }

  callsOf(name) {
    return this.visits.filter((visit) => visit.name === name).length;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #serve(request, response) {
    const pieces = [];
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return; // the caller left
    }
    const visit = new Visit(this, request, response, JSON.parse(Buffer.concat(pieces).toString() || '{}'));
    this.visits.push({ name: visit.name, text: visit.text });
    const behave = this.#behaviours.get(visit.name) ?? ((one) => one.pass());
    await behave(visit);
  }
}
