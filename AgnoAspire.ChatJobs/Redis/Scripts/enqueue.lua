-- Puts a job in the queue; no-op for a job that is queued or claimed already. A claimed job is marked as enqueued again, in case its claim
-- ends because the record was gone when the worker looked, which is before this request wrote it. Start-time fair: a caller's next job gets the tag
-- max(now served + 1/2, the caller's last tag + 1), and the lowest tag is served next. So callers take turns however many jobs one of them
-- has, and a caller's first job goes before the many of another; half a step rather than none, so that it cannot do so forever.
-- A request above 64 KiB counts by its bytes, too, until its job is released.
-- Returns {1, position}; {-1, waiting, pace} when the queue is full; {-2, waiting of the owner, pace} when the owner has its share (pace: ms per claim)
local waiting, owners, lastTags, waitingByOwner, state, notify, claims, bytes = unpack(KEYS)
-- sorted set by tag; hashes: job to owner, owner to tag, owner to count, state; list; hash: job to token, job:again to 1;
-- hash: job, owner:<name> and total to bytes
local job, owner, maxWaiting, maxWaitingOfOwner = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local size, maxBytes, maxBytesOfOwner = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

if redis.call('HEXISTS', owners, job) == 1 then
  if redis.call('HEXISTS', claims, job) == 1 then
    redis.call('HSET', claims, job .. ':again', '1')
  end
  return {1, redis.call('ZRANK', waiting, job) or -1}
end
local pace = redis.call('HGET', state, 'pace') or '0'
local count = redis.call('ZCARD', waiting)
if count >= maxWaiting then
  return {-1, count, pace}
end
local own = tonumber(redis.call('HGET', waitingByOwner, owner) or '0')
if own >= maxWaitingOfOwner then
  return {-2, own, pace}
end
if size > 65536 then
  if tonumber(redis.call('HGET', bytes, 'total') or '0') + size > maxBytes then
    return {-1, count, pace}
  end
  if tonumber(redis.call('HGET', bytes, 'owner:' .. owner) or '0') + size > maxBytesOfOwner then
    return {-2, own, pace}
  end
  redis.call('HSET', bytes, job, size)
  redis.call('HINCRBY', bytes, 'owner:' .. owner, size)
  redis.call('HINCRBY', bytes, 'total', size)
end
local served = tonumber(redis.call('HGET', state, 'served') or '0')
local last = tonumber(redis.call('HGET', lastTags, owner) or '0')
local tag = string.format('%.1f', math.max(served + 0.5, last + 1))
redis.call('ZADD', waiting, tag, job)
redis.call('HSET', owners, job, owner)
redis.call('HSET', lastTags, owner, tag)
redis.call('HINCRBY', waitingByOwner, owner, 1)
if redis.call('LLEN', notify) <= count then
  redis.call('LPUSH', notify, '1')
end
return {1, redis.call('ZRANK', waiting, job)}
