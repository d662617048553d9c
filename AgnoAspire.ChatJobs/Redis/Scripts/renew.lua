-- Moves the deadlines of the claims that are still held. One that is nowhere was lost by Redis (a failover, a restart), so it is made again:
-- if its job had ended after all, the claim expires and the next one is dropped.
-- Returns for each pair 1 when held, 0 when lost
local leases, claims, waiting = unpack(KEYS) -- sorted set by deadline in ms, hash: job to token, sorted set by tag
local leaseMs, worker = tonumber(ARGV[1]), ARGV[2] -- worker '' for a process that is none; then job, token, job, token...
--@include _now

local deadline = integer(now() + leaseMs)
local held = {}
for i = 3, #ARGV, 2 do
  local job, token = ARGV[i], ARGV[i + 1]
  local holder = redis.call('HGET', claims, job)
  if not holder and not redis.call('ZSCORE', waiting, job) then
    redis.call('HSET', claims, job, token)
    if worker ~= '' then
      redis.call('HSET', claims, job .. ':worker', worker)
    end
    holder = token
  end
  if holder == token then
    redis.call('ZADD', leases, deadline, job)
    held[#held + 1] = 1
  else
    held[#held + 1] = 0
  end
end
return held
