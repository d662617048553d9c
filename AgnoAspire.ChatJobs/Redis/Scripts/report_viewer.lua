-- Says that somebody watches a stream for a while longer, or has just left. Of a stream that has ended nobody needs to know.
-- KEYS: 1 viewers (sorted set, present until in ms), 2 job (hash)
-- ARGV: 1 viewer, 2 how long it stays at least, in ms; 0 when it left, 3 expiry in ms of the key
-- Returns nothing
local status = redis.call('HGET', KEYS[2], 'status')
if status ~= 'queued' and status ~= 'running' then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
