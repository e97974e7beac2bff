// Providers of four tongues, played on one port: OpenAI, Anthropic, Gemini and Bedrock. Each takes only what its API
// takes, and only with its own proof of who calls. A request with tools is answered with a call of the first one,
// a request with a result with that result, any other with the last text said.
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { crc32 } from 'node:zlib';

export const AWS = { access: 'AKIATONGUES', secret: 'tongues/secret', token: 'tongues-session', region: 'eu-central-1' };
export const TOKENS = { input: 21, cached: 8, output: 5 };

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}
const want = (good, message, status = 400) => {
  if (!good) throw new Refusal(status, message);
};
/** Refuses members that the API does not know. */
const only = (object, ...known) => {
  for (const key of Object.keys(object)) want(known.includes(key), `${key}: unknown member`);
};

const reply = (result, tools, said) => {
  if (said.includes('fall over')) throw new Refusal(429, 'too many at once');
  if (result !== undefined) return { text: `it is ${result}` };
  return tools?.length ? { call: tools[0], input: { city: 'Zürich' } } : { text: `you said: ${said}` };
};
const pieces = (text) => text.match(/[\s\S]{1,7}/gu);
const sse = (name, data) => `${name ? `event: ${name}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

const openai = {
  path: /^\/v1\/chat\/completions$/,
  authorized: (request, key) => request.headers.authorization === `Bearer ${key}`,
  answer(body) {
    only(body, 'model', 'messages', 'max_tokens', 'temperature', 'stop', 'stream', 'stream_options', 'tools', 'tool_choice',
      'parallel_tool_calls');
    const last = body.messages.at(-1);
    const calls = body.messages.flatMap((message) => message.tool_calls ?? []).map((call) => call.id);
    if (last.role === 'tool') want(calls.includes(last.tool_call_id), 'tool_call_id: nobody called');
    const result = last.role === 'tool' ? last.content : undefined;
    const { text, call, input } = reply(result, body.tools?.map((tool) => tool.function.name), last.content);
    const usage = { prompt_tokens: TOKENS.input, completion_tokens: TOKENS.output, total_tokens: TOKENS.input + TOKENS.output,
      prompt_tokens_details: { cached_tokens: TOKENS.cached } };
    const head = { id: 'chatcmpl-tongue', created: 1_760_000_000, model: body.model };
    const finish = call ? 'tool_calls' : 'stop';
    if (!body.stream) {
      const tool_calls = call && [{ id: 'call_1', type: 'function', function: { name: call, arguments: JSON.stringify(input) } }];
      const message = { role: 'assistant', content: text ?? null, tool_calls };
      return { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }], usage };
    }
    want(body.stream_options?.include_usage, 'stream_options: the gateway wants usage');
    const chunk = (delta, reason = null) =>
      sse('', { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] });
    const parts = text
      ? pieces(text).map((content) => chunk({ content }))
      : [chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: call, arguments: '' } }] }),
        ...pieces(JSON.stringify(input)).map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }))];
    return [chunk({ role: 'assistant', content: '' }), ...parts, chunk({}, finish),
      sse('', { ...head, object: 'chat.completion.chunk', choices: [], usage }), sse('', '[DONE]')];
  },
  error: (status, message) => ({ error: { message, type: 'requests', param: null, code: null } }),
};

const anthropic = {
  path: /^\/v1\/messages$/,
  authorized: (request, key) => request.headers['x-api-key'] === key && request.headers['anthropic-version'] === '2023-06-01',
  answer(body) {
    only(body, 'model', 'messages', 'max_tokens', 'system', 'temperature', 'stop_sequences', 'stream', 'tools', 'tool_choice',
      'output_config');
    want(body.max_tokens > 0, 'max_tokens: required');
    const last = body.messages.at(-1).content.at(-1);
    const result = last.type === 'tool_result' ? last.content[0].text : undefined;
    const { text, call, input } = reply(result, body.tools?.map((tool) => tool.name), last.text ?? '');
    const read = { input_tokens: TOKENS.input - TOKENS.cached, cache_read_input_tokens: TOKENS.cached, cache_creation_input_tokens: 0 };
    const message = { id: 'msg_tongue', type: 'message', role: 'assistant', model: body.model, stop_sequence: null };
    const block = text === undefined ? { type: 'tool_use', id: 'toolu_1', name: call } : { type: 'text' };
    const stop_reason = call ? 'tool_use' : 'end_turn';
    if (!body.stream) {
      const content = [{ ...block, ...(call ? { input } : { text }) }];
      return { ...message, content, stop_reason, usage: { ...read, output_tokens: TOKENS.output } };
    }
    const event = (type, data) => sse(type, { type, ...data });
    const deltas = call
      ? pieces(JSON.stringify(input)).map((partial_json) => ({ type: 'input_json_delta', partial_json }))
      : pieces(text).map((piece) => ({ type: 'text_delta', text: piece }));
    return [
      event('message_start', { message: { ...message, content: [], stop_reason: null, usage: { ...read, output_tokens: 1 } } }),
      event('content_block_start', { index: 0, content_block: { ...block, ...(call ? { input: {} } : { text: '' }) } }),
      event('ping', {}),
      ...deltas.map((delta) => event('content_block_delta', { index: 0, delta })),
      event('content_block_stop', { index: 0 }),
      event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: TOKENS.output } }),
      event('message_stop', {}),
    ];
  },
  error: (status, message) => ({ type: 'error', error: { type: 'rate_limit_error', message } }),
};

const gemini = {
  path: /^\/v1beta\/models\/([^/:]+):(generateContent|streamGenerateContent\?alt=sse)$/,
  authorized: (request, key) => request.headers['x-goog-api-key'] === key,
  answer(body, [, model, verb]) {
    only(body, 'contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig');
    const last = body.contents.at(-1).parts.at(-1);
    const tools = body.tools?.[0].functionDeclarations.map((tool) => tool.name);
    const { text, call, input } = reply(last.functionResponse?.response.output, tools, last.text ?? '');
    const head = { modelVersion: decodeURIComponent(model), responseId: 'tongue' };
    const usage = { promptTokenCount: TOKENS.input, cachedContentTokenCount: TOKENS.cached, candidatesTokenCount: TOKENS.output,
      totalTokenCount: TOKENS.input + TOKENS.output };
    const answer = (parts, rest = {}) => ({ ...head, candidates: [{ index: 0, content: { role: 'model', parts }, ...rest }] });
    const whole = call ? [{ functionCall: { name: call, args: input } }] : [{ text }];
    if (verb === 'generateContent') return { ...answer(whole, { finishReason: 'STOP' }), usageMetadata: usage };
    const parts = call ? [whole] : pieces(text).map((piece) => [{ text: piece }]);
    return parts.map((part, i) =>
      sse('', i === parts.length - 1 ? { ...answer(part, { finishReason: 'STOP' }), usageMetadata: usage } : answer(part)));
  },
  error: (status, message) => ({ error: { code: status, message, status: 'RESOURCE_EXHAUSTED' } }),
};

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** Signs the request again, by AWS's description, and compares. */
function signedByTheSecret(request, body) {
  const match = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/bedrock\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/
    .exec(request.headers.authorization ?? '');
  if (!match) return false;
  const [, access, day, region, names, signature] = match;
  const path = request.url.split('/').map(encodeURIComponent).join('/');
  const headers = names.split(';').map((name) => `${name}:${request.headers[name]}\n`).join('');
  const canonical = ['POST', path, '', headers, names, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], `${day}/${region}/bedrock/aws4_request`, sha256(canonical)].join('\n');
  const key = [day, region, 'bedrock', 'aws4_request'].reduce(hmac, `AWS4${AWS.secret}`);
  return access === AWS.access && region === AWS.region && request.headers['x-amz-security-token'] === AWS.token
    && names.includes('host;x-amz-date') && hmac(key, text).toString('hex') === signature;
}

function frame(type, payload) {
  const header = (name, value) =>
    Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, 0, value.length]), Buffer.from(value)]);
  const headers = Buffer.concat([header(':event-type', type), header(':content-type', 'application/json'), header(':message-type', 'event')]);
  const data = Buffer.from(JSON.stringify(payload));
  const number = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const prelude = Buffer.concat([number(16 + headers.length + data.length), number(headers.length)]);
  const summed = Buffer.concat([prelude, number(crc32(prelude)), headers, data]);
  return Buffer.concat([summed, number(crc32(summed))]);
}

const bedrock = {
  path: /^\/model\/[^/]+\/(converse|converse-stream)$/,
  type: 'application/vnd.amazon.eventstream',
  authorized: (request, key, body) => signedByTheSecret(request, body),
  answer(body, [, verb]) {
    only(body, 'messages', 'system', 'inferenceConfig', 'toolConfig');
    const last = body.messages.at(-1).content.at(-1);
    const tools = body.toolConfig?.tools.map((tool) => tool.toolSpec.name);
    const { text, call, input } = reply(last.toolResult?.content[0].text, tools, last.text ?? '');
    const usage = { inputTokens: TOKENS.input - TOKENS.cached, outputTokens: TOKENS.output, cacheReadInputTokens: TOKENS.cached,
      totalTokens: TOKENS.input + TOKENS.output };
    const stopReason = call ? 'tool_use' : 'end_turn';
    const toolUse = { toolUseId: 'tooluse_1', name: call };
    if (verb === 'converse') {
      const content = call ? [{ toolUse: { ...toolUse, input } }] : [{ text }];
      return { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: { latencyMs: 1 } };
    }
    const at = { contentBlockIndex: 0 };
    const deltas = call
      ? pieces(JSON.stringify(input)).map((piece) => ({ toolUse: { input: piece } }))
      : pieces(text).map((piece) => ({ text: piece }));
    return [
      frame('messageStart', { role: 'assistant' }),
      ...(call ? [frame('contentBlockStart', { ...at, start: { toolUse } })] : []),
      ...deltas.map((delta) => frame('contentBlockDelta', { ...at, delta })),
      frame('contentBlockStop', at), frame('messageStop', { stopReason }), frame('metadata', { usage, metrics: {} }),
    ];
  },
  error: (status, message) => ({ message }),
};

async function serve(request, response, key) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const tongue = [openai, anthropic, gemini, bedrock].find(({ path }) => path.test(request.url));
  try {
    want(tongue, 'no such path', 404);
    want(tongue.authorized(request, key, body), 'who calls?', 401);
    const answer = tongue.answer(JSON.parse(body), tongue.path.exec(request.url));
    const streams = Array.isArray(answer);
    response.writeHead(200, { 'content-type': streams ? (tongue.type ?? 'text/event-stream') : 'application/json' });
    if (!streams) return response.end(JSON.stringify(answer));
    for (const part of answer) {
      response.write(part);
      await new Promise(setImmediate);
    }
    return response.end();
  } catch (error) {
    const status = error.status ?? 500;
    response.writeHead(status, { 'content-type': 'application/json' });
    return response.end(JSON.stringify(tongue?.error(status, error.message) ?? { message: error.message }));
  }
}

/** Starts them on a free port; `key` is what the first three take. */
export async function startTongues(key) {
  const server = createServer((request, response) => serve(request, response, key));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((closed) => {
      server.closeAllConnections();
      server.close(closed);
    }),
  };
}
