-- One chat completion per request, each in the name of the next tenant of the file BENCH_TOKENS; at the end one line that
-- the benchmark reads.
local requests, turn = {}, 0
local body = '{"model":"gpt-4o-mini","max_tokens":64,"messages":[{"role":"user","content":"' ..
  string.rep("When must visitors of the children's ward wash their hands? ", 6) .. '"}]}'

init = function()
  for token in io.lines(os.getenv("BENCH_TOKENS")) do
    requests[#requests + 1] = wrk.format("POST", nil, {
      ["Host"] = "127.0.0.1", ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}, body)
  end
end

request = function()
  turn = turn % #requests + 1
  return requests[turn]
end

done = function(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, bad,
                         latency:percentile(50), latency:percentile(99)))
end
