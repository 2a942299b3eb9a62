-- Cycles through the requests in the file named by $PATHS, a path and perhaps a tab and a body to post; $ETAG, if set, goes along as If-None-Match.
local paths, i = {}, 0
function init(args)
  for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
  i = math.random(#paths)
end
function request()
  i = i % #paths + 1
  local path, body = paths[i]:match("^([^\t]*)\t(.+)$")
  if body then return wrk.format("POST", path, {["Content-Type"] = "application/json"}, body) end
  return wrk.format("GET", paths[i]:match("^[^\t]*"), {["Accept"] = "image/*", ["If-None-Match"] = os.getenv("ETAG") ~= "" and os.getenv("ETAG") or nil})
end
function done(summary, latency, requests)
  io.write(string.format("RESULT rps=%.1f p50=%.2fms p95=%.2fms p99=%.1fms non2xx=%d errors=%d bytes=%d\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.timeout, summary.bytes))
end
