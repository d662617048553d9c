-- Included: puts a claimed job back at the head of the queue, to be served next.
local function requeue(job)
  redis.call('ZREM', leases, job)
  redis.call('HDEL', claims, job, job .. ':again', job .. ':worker')
  redis.call('ZADD', waiting, redis.call('HGET', state, 'served') or '0', job)
  redis.call('HINCRBY', waitingByOwner, redis.call('HGET', owners, job) or '', 1)
  redis.call('LPUSH', notify, '1')
end
