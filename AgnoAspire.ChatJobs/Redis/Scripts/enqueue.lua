-- Puts a job in the queue. Start-time fair: a caller's next job gets the tag max(now served + 1/2, caller's last + 1), the lowest tag is
-- served next, so callers take turns however many jobs one of them has, and the first job of a caller goes before the many of another;
-- half a step and not none, so that it cannot do so for ever. Does nothing for a job that is queued or claimed already.
-- KEYS: 1 waiting (sorted set, tag), 2 owners (hash, job to owner), 3 tags (hash, owner to last tag), 4 counts (hash, owner to waiting),
--       5 meta (hash), 6 wake (list)
-- ARGV: 1 job, 2 owner, 3 most jobs waiting, 4 most jobs waiting of one owner
-- Returns {1, rank}; {-1, waiting, pace} when the queue is full; {-2, waiting of the owner, pace} when the owner has its share (pace: ms a claim)
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  return {1, redis.call('ZRANK', KEYS[1], ARGV[1]) or -1}
end
local pace = redis.call('HGET', KEYS[5], 'pace') or '0'
local waiting = redis.call('ZCARD', KEYS[1])
if waiting >= tonumber(ARGV[3]) then
  return {-1, waiting, pace}
end
local own = tonumber(redis.call('HGET', KEYS[4], ARGV[2]) or '0')
if own >= tonumber(ARGV[4]) then
  return {-2, own, pace}
end
local served = tonumber(redis.call('HGET', KEYS[5], 'served') or '0')
local last = tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or '0')
local tag = string.format('%.1f', math.max(served + 0.5, last + 1))
redis.call('ZADD', KEYS[1], tag, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[2], tag)
redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
if redis.call('LLEN', KEYS[6]) <= waiting then
  redis.call('LPUSH', KEYS[6], '1')
end
return {1, redis.call('ZRANK', KEYS[1], ARGV[1])}
