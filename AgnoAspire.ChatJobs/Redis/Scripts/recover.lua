-- Requeues the jobs whose leases have expired. When no worker called for a while (Redis or all workers were away), no worker could renew
-- either, so all deadlines are moved by that interval first: an outage costs no lease. The outage is kept for the scripts that decide
-- whether a job has viewers; one that follows another within the time viewers have to report again is merged with it.
-- Returns the requeued jobs
local waiting, owners, waitingByOwner, state, notify, leases, claims = unpack(KEYS)
-- sorted set by tag; hashes: job to owner, owner to count, state; list; sorted set by deadline in ms; hash: job to token
local maxInterval, maxJobs, viewerPresence = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) -- ms, count, ms
--@include _now
--@include _requeue

local time = now()
local last = tonumber(redis.call('HGET', state, 'recovered') or time)
redis.call('HSET', state, 'recovered', integer(time))
if time - last > maxInterval then
  local before = redis.call('HGET', state, 'outageuntil')
  if not before or last - tonumber(before) > viewerPresence then
    redis.call('HSET', state, 'outagefrom', integer(last))
  end
  redis.call('HSET', state, 'outageuntil', integer(time))
  local held = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
  for i = 1, #held, 2 do
    redis.call('ZADD', leases, integer(tonumber(held[i + 1]) + time - last), held[i])
  end
end
local expired = redis.call('ZRANGEBYSCORE', leases, '-inf', integer(time), 'LIMIT', 0, maxJobs)
for i = 1, #expired do
  requeue(expired[i])
end
return expired
