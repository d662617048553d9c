-- Ends a claim whose stream has its terminal chunk.
-- Returns 1, or 0 when the claim was not held
local leases, claims, attempts, owners, dead = unpack(KEYS)
-- sorted set by deadline in ms; hashes: job to token, job to count, job to owner; sorted set by time of failure in ms
local job, token, asDeadLetter, maxDeadLetters = ARGV[1], ARGV[2], ARGV[3] == '1', tonumber(ARGV[4])
--@include _now

if redis.call('HGET', claims, job) ~= token then
  return 0
end
redis.call('ZREM', leases, job)
redis.call('HDEL', claims, job)
redis.call('HDEL', attempts, job)
redis.call('HDEL', owners, job)
if asDeadLetter then
  redis.call('ZADD', dead, integer(now()), job)
  redis.call('ZREMRANGEBYRANK', dead, 0, -1 - maxDeadLetters)
end
return 1
