-- Ends a claim: the stream has its terminal chunk, or the worker found nothing to do. In the second case a request may have written the
-- record and enqueued the job after the worker looked; then the job is requeued.
-- Returns 1 released, 2 requeued, 0 when the claim was not held
local waiting, owners, waitingByOwner, state, notify, leases, claims, dead, bytes = unpack(KEYS)
-- sorted set by tag; hashes: job to owner, owner to count, state; list; sorted set by deadline in ms; hash: job to token;
-- sorted set by time of failure in ms; hash: job, owner:<name> and total to bytes
local job, token, kind, maxDeadLetters = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]) -- kind 'ended', 'dead' (a dead letter), 'nothing'
local retention = tonumber(ARGV[5]) -- ms: of the record of a dead letter
--@include _now
--@include _requeue

if redis.call('HGET', claims, job) ~= token then
  return 0
end
if kind == 'nothing' and redis.call('HEXISTS', claims, job .. ':again') == 1 then
  requeue(job)
  return 2
end
redis.call('ZREM', leases, job)
redis.call('HDEL', claims, job, job .. ':again', job .. ':worker')
local size = redis.call('HGET', bytes, job)
if size then
  local owner = 'owner:' .. (redis.call('HGET', owners, job) or '')
  redis.call('HDEL', bytes, job)
  for _, sum in ipairs({'total', owner}) do
    if redis.call('HINCRBY', bytes, sum, -size) <= 0 then
      redis.call('HDEL', bytes, sum)
    end
  end
end
redis.call('HDEL', owners, job)
if kind == 'dead' then
  redis.call('ZADD', dead, integer(now()), job)
  redis.call('ZREMRANGEBYSCORE', dead, '-inf', integer(now() - retention))
  redis.call('PEXPIRE', dead, integer(retention))
  redis.call('ZREMRANGEBYRANK', dead, 0, -1 - maxDeadLetters)
end
return 1
