-- Moves the deadlines of claims that are still held.
-- KEYS: 1 leases (sorted set, deadline in ms), 2 claims (hash, job to fence)
-- ARGV: 1 lease in ms, 2… job, fence, job, fence…
-- Returns for each pair 1 when held, 0 when lost
local time = redis.call('TIME')
local deadline = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1]))
local held = {}
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], deadline, ARGV[i])
    held[#held + 1] = 1
  else
    held[#held + 1] = 0
  end
end
return held
