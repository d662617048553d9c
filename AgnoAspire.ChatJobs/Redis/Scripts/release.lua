-- Ends a claim whose stream has its terminal chunk.
-- KEYS: 1 leases (sorted set), 2 claims (hash), 3 attempts (hash), 4 owners (hash), 5 dead (sorted set, time of death in ms)
-- ARGV: 1 job, 2 fence, 3 '1' to keep the job as a dead letter, 4 most dead letters kept
-- Returns 1, or 0 when the claim was not held
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
if ARGV[3] == '1' then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[5], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), ARGV[1])
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - tonumber(ARGV[4]))
end
return 1
