// The model providers, played by aimock on a free port. It accepts one key only, so a call that still carries the
// tenant's own token is refused, and it keeps a journal of what reached it.
import { LLMock } from '@copilotkit/aimock';

export const ANSWER = 'The kettle boils at the top of the hill.';
export const USAGE = { input: 11, output: 7 };
export const COUNTED_TOKENS = 23;
const CREATED = 1_760_000_000;

const usage = {
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
  input_tokens: USAGE.input,
  output_tokens: USAGE.output,
};

// aimock does not play token counting, nor an upstream that is always down.
const countTokens = {
  async handleRequest(request, response) {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ input_tokens: COUNTED_TOKENS }));
    return true;
  },
};
const broken = {
  async handleRequest(request, response) {
    request.resume();
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: 'down for the day', type: 'server_error', param: null, code: null } }));
    return true;
  },
};

/** Starts the upstream. Messages that contain `overload` get a 529-like error; every other one gets ANSWER. */
export async function startUpstream(key) {
  const mock = new LLMock({ port: 0, chunkSize: 8, auth: { apiKeys: [key] }, journalMaxEntries: 0 });
  mock.mount('/v1/messages/count_tokens', countTokens);
  mock.mount('/broken', broken);
  mock.on(
    { userMessage: 'overload', endpoint: 'chat' },
    { error: { message: 'too much at once', type: 'overloaded_error' }, status: 503 },
  );
  mock.on({ userMessage: /.*/, endpoint: 'chat' }, { content: ANSWER, id: 'mock-fixed-id', created: CREATED, usage });
  await mock.start();
  return mock;
}

/** What reached the upstream at `url` and has `text` somewhere in its body. */
export async function upstreamCalls(url, key, text) {
  const response = await fetch(`${url}/__aimock/journal`, { headers: { authorization: `Bearer ${key}` } });
  const body = await response.json();
  const entries = Array.isArray(body) ? body : body.entries;
  return entries.filter((entry) => JSON.stringify(entry.body ?? '').includes(text));
}
