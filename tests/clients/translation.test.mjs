// The official clients get answers from providers that speak another API than they do: plain, streamed, with tools.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import OpenAI from 'openai';

import { TOKENS } from './tongues.mjs';
import { anthropic, openai, uniqueText } from './world.mjs';

const TENANT = 'tongues-inc';
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

for (const model of ['claude-9', 'gemini-9', 'anthropic.claude-9-v1:0']) {
  const client = () => openai(TENANT, { maxRetries: 0 });
  const ask = (content, more = {}) => ({ model, messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content }], ...more });
  const tools = [{ type: 'function', function: { name: 'weather', description: 'Of a city.', parameters: PARAMETERS } }];

  test(`openai: ${model} answers, with its usage`, async () => {
    const text = uniqueText('plain é 😀');
    const answer = await client().chat.completions.create(ask(text, { temperature: 0.5, stop: ['END'] }));
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].message.content, `you said: ${text}`);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.deepEqual(answer.usage.prompt_tokens, TOKENS.input);
    assert.equal(answer.usage.prompt_tokens_details.cached_tokens, TOKENS.cached);
    assert.equal(answer.usage.completion_tokens, TOKENS.output);
  });

  test(`openai: ${model} streams`, async () => {
    const text = uniqueText('streamed é 😀 and some more');
    const stream = await client().chat.completions.create(ask(text, { stream: true, stream_options: { include_usage: true } }));
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.equal(chunks[0].choices[0].delta.role, 'assistant');
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), `you said: ${text}`);
    assert.ok(chunks.length > 5, 'came in pieces');
    assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.prompt_tokens, TOKENS.input);
  });

  for (const stream of [false, true]) {
    test(`openai: ${model} calls a tool and reads its result${stream ? ', streamed' : ''}`, async () => {
      const question = ask(uniqueText('weather?'), { tools, tool_choice: 'auto' });
      const first = stream
        ? await client().chat.completions.stream(question).finalChatCompletion()
        : await client().chat.completions.create(question);
      const [message] = first.choices.map((choice) => choice.message);
      assert.equal(first.choices[0].finish_reason, 'tool_calls');
      assert.equal(message.tool_calls.length, 1);
      assert.equal(message.tool_calls[0].function.name, 'weather');
      assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Zürich' });
      const called = { role: 'assistant', content: message.content, tool_calls: message.tool_calls.map(
        ({ id, type, function: { name, arguments: given } }) => ({ id, type, function: { name, arguments: given } })) };
      const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'sunny' };
      const second = await client().chat.completions.create({ ...question, messages: [...question.messages, called, result] });
      assert.equal(second.choices[0].message.content, 'it is sunny');
    });
  }

  test(`openai: an error of ${model} keeps its status`, async () => {
    const error = await client().chat.completions.create(ask('fall over')).then(() => assert.fail('was answered'), (reason) => reason);
    // The first of the route has another to fall back to, which fails the same.
    assert.ok(error instanceof OpenAI.RateLimitError, `${error.constructor.name}: ${error.message}`);
    assert.match(error.message, /too many at once/);
  });
}

test('openai: what no target can be told is refused by its place', async () => {
  const asked = { model: 'claude-9', n: 2, logprobs: true, messages: [{ role: 'user', content: 'x' }] };
  const error = await openai(TENANT).chat.completions.create(asked).then(() => assert.fail('was answered'), (reason) => reason);
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.code, 'translation.unsupported');
  assert.match(error.message, /\/n.*Anthropic/s);
  assert.match(error.message, /\/logprobs/);
});

test('openai: what the first target cannot be told is put to the next', async () => {
  const asked = { model: 'auto', seed: 7, presence_penalty: 0.5, messages: [{ role: 'user', content: 'hello' }] };
  const { data, response } = await openai(TENANT).chat.completions.create(asked).withResponse();
  assert.equal(response.headers.get('x-bailiwick-model'), 'gemini-9');
  assert.equal(data.choices[0].message.content, 'you said: hello');
});

for (const model of ['gpt-9', 'gemini-9', 'anthropic.claude-9-v1:0']) {
  const client = () => anthropic(TENANT, { maxRetries: 0 });
  const ask = (content, more = {}) => ({ model, max_tokens: 64, system: 'Be brief.', messages: [{ role: 'user', content }], ...more });
  const tools = [{ name: 'weather', description: 'Of a city.', input_schema: PARAMETERS }];

  test(`anthropic: ${model} answers, with its usage`, async () => {
    const text = uniqueText('plain é 😀');
    const message = await client().messages.create(ask(text, { temperature: 0.5, stop_sequences: ['END'] }));
    assert.equal(message.type, 'message');
    assert.deepEqual(message.content.map((block) => block.text), [`you said: ${text}`]);
    assert.equal(message.stop_reason, 'end_turn');
    assert.equal(message.usage.input_tokens, TOKENS.input - TOKENS.cached);
    assert.equal(message.usage.cache_read_input_tokens, TOKENS.cached);
    assert.equal(message.usage.output_tokens, TOKENS.output);
  });

  test(`anthropic: ${model} streams`, async () => {
    const text = uniqueText('streamed é 😀 and some more');
    const types = [];
    const stream = client().messages.stream(ask(text)).on('streamEvent', (event) => types.push(event.type));
    const message = await stream.finalMessage();
    assert.equal(message.content[0].text, `you said: ${text}`);
    assert.equal(message.usage.output_tokens, TOKENS.output);
    assert.deepEqual(types.slice(0, 2), ['message_start', 'content_block_start']);
    assert.deepEqual(types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
  });

  for (const stream of [false, true]) {
    test(`anthropic: ${model} calls a tool and reads its result${stream ? ', streamed' : ''}`, async () => {
      const question = ask(uniqueText('weather?'), { tools, tool_choice: { type: 'auto' } });
      const first = stream ? await client().messages.stream(question).finalMessage() : await client().messages.create(question);
      assert.equal(first.stop_reason, 'tool_use');
      const [call] = first.content;
      assert.equal(call.name, 'weather');
      assert.deepEqual(call.input, { city: 'Zürich' });
      const called = { role: 'assistant', content: [{ type: 'tool_use', id: call.id, name: call.name, input: call.input }] };
      const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny' }] };
      const second = await client().messages.create({ ...question, messages: [...question.messages, called, result] });
      assert.equal(second.content[0].text, 'it is sunny');
    });
  }
}
