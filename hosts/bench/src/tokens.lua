-- For wrk: one request for each token of a file, repeated from the beginning.
--
--   wrk ... -s tokens.lua URL -- FILE START
--
-- The requests are built in advance, so that new tokens cost the client no more than repeated ones.

local requests, turn = {}, 0

function init(arguments)
    local first, last = wrk.format("GET", nil, { Authorization = "Bearer TOKEN" }):match("^(.*)TOKEN(.*)$")
    for token in io.lines(arguments[1]) do
        requests[#requests + 1] = first .. token .. last
    end
    turn = tonumber(arguments[2])
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end

function done(summary)
    local errors = summary.errors
    local others = errors.connect + errors.read + errors.write + errors.timeout
    io.write(string.format('\n{"answers":%d,"rejected":%d,"failed":%d}\n', summary.requests, errors.status, others))
end
