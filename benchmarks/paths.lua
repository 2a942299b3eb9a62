-- Cycles through the request paths in the file named by $PATHS; $ETAG, if set, goes along as If-None-Match.
local paths, i = {}, 0
function init(args)
  for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
  i = math.random(#paths)
end
function request()
  i = i % #paths + 1
  return wrk.format("GET", paths[i], {["Accept"] = "image/*", ["If-None-Match"] = os.getenv("ETAG") ~= "" and os.getenv("ETAG") or nil})
end
function done(summary, latency, requests)
  io.write(string.format("RESULT rps=%.1f p50=%.1fms p95=%.1fms p99=%.1fms non2xx=%d errors=%d bytes=%d\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.timeout, summary.bytes))
end
