-- Included: puts a claimed job back at the head of the queue, to be served next.
local function requeue(job)
  redis.call('ZREM', leases, job)
  redis.call('HDEL', claims, job, job .. ':again', job .. ':worker')
  -- It waits already if its claim was made again after it had been enqueued anew.
  if redis.call('ZADD', waiting, redis.call('HGET', state, 'served') or '0', job) == 1 then
    redis.call('HINCRBY', waitingByOwner, redis.call('HGET', owners, job) or '', 1)
    redis.call('LPUSH', notify, '1')
  end
end
