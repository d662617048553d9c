-- Moves the deadlines of the claims that are still held.
-- Returns for each pair 1 when held, 0 when lost
local leases, claims = unpack(KEYS) -- sorted set by deadline in ms, hash: job to token
local leaseMs = tonumber(ARGV[1]) -- then job, token, job, token...
--@include _now

local deadline = integer(now() + leaseMs)
local held = {}
for i = 2, #ARGV, 2 do
  if redis.call('HGET', claims, ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', leases, deadline, ARGV[i])
    held[#held + 1] = 1
  else
    held[#held + 1] = 0
  end
end
return held
