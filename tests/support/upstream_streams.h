// The same answer as each kind of upstream streams it: `Let me see: é 😀.`, then the call look({"at":"it"}),
// then the call smell({}); 30 tokens read, 10 of them from a cache, 9 written.
#pragma once

#include <string>

#include "support/aws_frames.h"

namespace bailiwick::testing_support {

inline const std::string kOpenAiStream =
    ": hello\n\n"
    R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-9","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{"content":"Let me see: "},"finish_reason":null}]})"
    "\r\n\r\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{"content":"é 😀."},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"look","arguments":""}}]},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"at\":"}}]},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"it\"}"}}]},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"smell","arguments":"{}"}}]},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})"
    "\n\n"
    R"(data: {"id":"chatcmpl-1","model":"gpt-9","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":9,"total_tokens":39,"prompt_tokens_details":{"cached_tokens":10}}})"
    "\n\n"
    "data: [DONE]\n\n";

inline const std::string kAnthropicStream =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-9","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_read_input_tokens":10,"cache_creation_input_tokens":0,"output_tokens":1}}})"
    "\n\n"
    "event: content_block_start\n"
    R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
    "\n\n"
    "event: ping\ndata: {\"type\":\"ping\"}\n\n"
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me see: "}})"
    "\n\n"
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é 😀."}})"
    "\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: content_block_start\n"
    R"(data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"call_a","name":"look","input":{}}})"
    "\n\n"
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"at\":"}})"
    "\n\n"
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"it\"}"}})"
    "\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"
    "event: content_block_start\n"
    R"(data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_b","name":"smell","input":{}}})"
    "\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":2}\n\n"
    "event: message_delta\n"
    R"(data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}})"
    "\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

inline const std::string kGeminiStream =
    R"(data: {"candidates":[{"content":{"parts":[{"text":"Let me see: "}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":30,"cachedContentTokenCount":10,"totalTokenCount":30},"modelVersion":"gemini-9","responseId":"r1"})"
    "\r\n\r\n"
    R"(data: {"candidates":[{"content":{"parts":[{"text":"é 😀."},{"functionCall":{"name":"look","args":{"at":"it"}}}],"role":"model"},"index":0}],"modelVersion":"gemini-9","responseId":"r1"})"
    "\r\n\r\n"
    R"(data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"smell","args":{}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":30,"cachedContentTokenCount":10,"candidatesTokenCount":9,"totalTokenCount":39},"modelVersion":"gemini-9","responseId":"r1"})"
    "\r\n\r\n";

inline const std::string kBedrockStream =
    aws_event("messageStart", R"({"role":"assistant"})") +
    aws_event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Let me see: "}})") +
    aws_event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"é 😀."}})") +
    aws_event("contentBlockStop", R"({"contentBlockIndex":0})") +
    aws_event("contentBlockStart",
              R"({"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"call_a","name":"look"}}})") +
    aws_event("contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"at\":"}}})") +
    aws_event("contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"toolUse":{"input":"\"it\"}"}}})") +
    aws_event("contentBlockStop", R"({"contentBlockIndex":1})") +
    aws_event("contentBlockStart",
              R"({"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"call_b","name":"smell"}}})") +
    aws_event("contentBlockStop", R"({"contentBlockIndex":2})") +
    aws_event("messageStop", R"({"stopReason":"tool_use"})") +
    aws_event(
        "metadata",
        R"({"usage":{"inputTokens":20,"outputTokens":9,"totalTokens":39,"cacheReadInputTokens":10},"metrics":{"latencyMs":5}})");

}  // namespace bailiwick::testing_support
