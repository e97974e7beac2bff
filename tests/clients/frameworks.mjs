// What people build with: the official SDKs, the AI SDK and LangChain, each behind the same few verbs.
//
//   const client = frameworks['LangChain, OpenAI']({url, token, fetch, retries});
//   await client.whole(prompt)            → the text
//   client.pieces(prompt, signal)         → an async iterable of the text's pieces
//   await client.tool(prompt, {stream})   → {name, arguments} of the call that the model asks for
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';

export const MODELS = { openai: 'gpt-4o-mini', anthropic: 'claude-sonnet-5' };
const MOST_TOKENS = 200;
const TOOL = {
  name: 'get_weather',
  description: 'The weather of a place.',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' }, note: { type: 'string' } },
    required: ['city', 'days', 'note'],
  },
};
/** The same, as OpenAI and LangChain want it. */
const FUNCTIONS = [{
  type: 'function', function: { name: TOOL.name, description: TOOL.description, parameters: TOOL.schema },
}];
const asMessages = (prompt) => [{ role: 'user', content: prompt }];

function openaiSdk({ url, token, fetch, retries, model = MODELS.openai }) {
  const client = new OpenAI({ apiKey: token, baseURL: `${url}/v1`, fetch, maxRetries: retries });
  const ask = (prompt, more, options) =>
    client.chat.completions.create({ model, messages: asMessages(prompt), max_tokens: MOST_TOKENS, ...more }, options);
  return {
    whole: async (prompt) => (await ask(prompt)).choices[0].message.content,
    async *pieces(prompt, signal) {
      let finished = false;
      for await (const { choices } of await ask(prompt, { stream: true }, { signal })) {
        finished ||= Boolean(choices[0]?.finish_reason);
        if (choices[0]?.delta?.content) yield choices[0].delta.content;
      }
      if (!finished && !signal?.aborted) throw new Error('the stream ended without a finish_reason');
    },
    async tool(prompt, { stream }) {
      let call;
      if (stream) {
        const body = { model, messages: asMessages(prompt), max_tokens: MOST_TOKENS, tools: FUNCTIONS };
        [call] = (await client.chat.completions.stream(body).finalMessage()).tool_calls;
      } else {
        [call] = (await ask(prompt, { tools: FUNCTIONS })).choices[0].message.tool_calls;
      }
      return { name: call.function.name, arguments: JSON.parse(call.function.arguments) };
    },
  };
}

function anthropicSdk({ url, token, fetch, retries, model = MODELS.anthropic }) {
  const client = new Anthropic({ apiKey: token, authToken: null, baseURL: url, fetch, maxRetries: retries });
  const body = (prompt, more) => ({ model, messages: asMessages(prompt), max_tokens: MOST_TOKENS, ...more });
  const tools = [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.schema }];
  return {
    whole: async (prompt) => (await client.messages.create(body(prompt))).content[0].text,
    async *pieces(prompt, signal) {
      let stopped = false;
      for await (const event of await client.messages.create(body(prompt, { stream: true }), { signal })) {
        stopped ||= event.type === 'message_stop';
        if (event.delta?.type === 'text_delta') yield event.delta.text;
      }
      if (!stopped && !signal?.aborted) throw new Error('the stream ended without a message_stop');
    },
    async tool(prompt, { stream }) {
      const request = body(prompt, { tools });
      const { content } = await (stream ? client.messages.stream(request).finalMessage() : client.messages.create(request));
      const { name, input } = content.find(({ type }) => type === 'tool_use');
      return { name, arguments: input };
    },
  };
}

/** The AI SDK, over one of its providers. */
function aiSdk(model, retries) {
  const request = (prompt, more) => ({ model, prompt, maxRetries: retries, maxOutputTokens: MOST_TOKENS, ...more });
  const tools = { [TOOL.name]: tool({ description: TOOL.description, inputSchema: jsonSchema(TOOL.schema) }) };
  async function* parts(prompt, more) {
    let finished = false;
    for await (const part of streamText(request(prompt, { ...more, onError() {} })).stream) {
      if (part.type === 'error') throw part.error;
      finished ||= part.type === 'finish' && ['stop', 'length', 'tool-calls'].includes(part.finishReason);
      yield part;
    }
    if (!finished && !more.abortSignal?.aborted) throw new Error('the stream ended without a finish reason');
  }
  return {
    whole: async (prompt) => (await generateText(request(prompt))).text,
    async *pieces(prompt, abortSignal) {
      for await (const part of parts(prompt, { abortSignal })) if (part.type === 'text-delta') yield part.text;
    },
    async tool(prompt, { stream }) {
      let calls = [];
      if (stream) for await (const part of parts(prompt, { tools })) { if (part.type === 'tool-call') calls.push(part); }
      else calls = (await generateText(request(prompt, { tools }))).toolCalls;
      return { name: calls[0].toolName, arguments: calls[0].input };
    },
  };
}

/** LangChain, over one of its chat models. */
function langChain(model, finishOf) {
  return {
    whole: async (prompt) => (await model.invoke(prompt)).text,
    async *pieces(prompt, signal) {
      let whole;
      for await (const chunk of await model.stream(prompt, { signal })) {
        whole = whole ? whole.concat(chunk) : chunk;
        if (chunk.text) yield chunk.text;
      }
      if (!finishOf(whole) && !signal?.aborted) throw new Error('the stream ended without a finish reason');
    },
    async tool(prompt, { stream }) {
      const bound = model.bindTools(FUNCTIONS);
      let message;
      if (!stream) message = await bound.invoke(prompt);
      else for await (const chunk of await bound.stream(prompt)) message = message ? message.concat(chunk) : chunk;
      return { name: message.tool_calls[0].name, arguments: message.tool_calls[0].args };
    },
  };
}

export const frameworks = {
  'OpenAI SDK': openaiSdk,
  'Anthropic SDK': anthropicSdk,
  'AI SDK, OpenAI': ({ url, token, fetch, retries, model = MODELS.openai }) =>
    aiSdk(createOpenAI({ apiKey: token, baseURL: `${url}/v1`, fetch }).chat(model), retries),
  'AI SDK, Anthropic': ({ url, token, fetch, retries, model = MODELS.anthropic }) =>
    aiSdk(createAnthropic({ apiKey: token, baseURL: `${url}/v1`, fetch })(model), retries),
  'LangChain, OpenAI': ({ url, token, fetch, retries, model = MODELS.openai }) =>
    langChain(
      new ChatOpenAI({
        model, apiKey: token, maxRetries: retries, maxTokens: MOST_TOKENS, configuration: { baseURL: `${url}/v1`, fetch },
      }),
      (message) => message?.response_metadata.finish_reason),
  'LangChain, Anthropic': ({ url, token, fetch, retries, model = MODELS.anthropic }) =>
    langChain(
      new ChatAnthropic({
        model, apiKey: token, maxRetries: retries, maxTokens: MOST_TOKENS, anthropicApiUrl: url, clientOptions: { fetch },
      }),
      (message) => message?.additional_kwargs.stop_reason ?? message?.response_metadata.stop_reason),
};
export const dialectOf = (name) => (name.includes('Anthropic') ? 'anthropic' : 'openai');

/** The HTTP status that an error of any of them stands for. */
export const statusOf = (error) => error?.status ?? error?.statusCode ?? (error?.lastError && statusOf(error.lastError));
