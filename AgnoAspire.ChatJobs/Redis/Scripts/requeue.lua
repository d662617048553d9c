-- Gives a claimed job back, to be the next one served; the attempt does not count.
-- KEYS: 1 waiting (sorted set), 2 owners (hash), 3 counts (hash), 4 meta (hash), 5 wake (list), 6 leases (sorted set), 7 claims (hash), 8 attempts (hash)
-- ARGV: 1 job, 2 fence
-- Returns 1, or 0 when the claim was not held
if redis.call('HGET', KEYS[7], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('HDEL', KEYS[7], ARGV[1])
redis.call('HINCRBY', KEYS[8], ARGV[1], -1)
redis.call('ZADD', KEYS[1], redis.call('HGET', KEYS[4], 'served') or '0', ARGV[1])
redis.call('HINCRBY', KEYS[3], redis.call('HGET', KEYS[2], ARGV[1]) or '', 1)
redis.call('LPUSH', KEYS[5], '1')
return 1
