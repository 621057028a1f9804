-- Sends the bytes of one file as every request, and prints what counts on one line:
-- result REQUESTS ERRORS MICROSECONDS BYTES
function init(args)
   local file = assert(io.open(args[1], "rb"))
   local request = file:read("*a")
   file:close()
   wrk.format = function() return request end
end

function done(summary)
   local e = summary.errors
   io.write(string.format("result %d %d %d %d\n", summary.requests,
      e.connect + e.read + e.write + e.status + e.timeout, summary.duration, summary.bytes))
end
