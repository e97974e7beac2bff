-- One chat completion per request; at the end one line that the benchmark reads. BENCH_PROMPT_BYTES says how long the
-- prompt is, BENCH_STREAM asks for streams.
local sentence = "When must visitors of the children's ward wash their hands? "
local size = tonumber(os.getenv("BENCH_PROMPT_BYTES") or 6 * #sentence)
local prompt = string.rep(sentence, math.ceil(size / #sentence)):sub(1, size)

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_TOKEN") or "none")
wrk.headers["x-portkey-provider"] = os.getenv("BENCH_PORTKEY_HOST") and "openai" or nil
wrk.headers["x-portkey-custom-host"] = os.getenv("BENCH_PORTKEY_HOST")
wrk.body = '{"model":"gpt-4o-mini",' .. (os.getenv("BENCH_STREAM") and '"stream":true,' or "") ..
  '"max_tokens":64,"temperature":0.2,"messages":[' ..
  '{"role":"system","content":"You answer questions about the hospital\'s handbook in one sentence, from its text alone."},' ..
  '{"role":"user","content":"' .. prompt .. '"}]}'

done = function(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, bad,
                         latency:percentile(50), latency:percentile(99)))
end
