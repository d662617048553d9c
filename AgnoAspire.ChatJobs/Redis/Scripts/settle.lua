-- Counts what a job has cost in place of what was reserved for it, or takes it back.
-- KEYS: 1 requests (sorted set, ms, job), 2 tokens (hash, job to tokens; sum)
-- ARGV: 1 job, 2 tokens, or -1 to take it back
-- Returns 1, or 0 when the job is not counted (any more)
local reserved = redis.call('HGET', KEYS[2], ARGV[1])
if not reserved then
  return 0
end
if tonumber(ARGV[2]) < 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HINCRBY', KEYS[2], 'sum', -tonumber(reserved))
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  redis.call('HINCRBY', KEYS[2], 'sum', tonumber(ARGV[2]) - tonumber(reserved))
end
return 1
