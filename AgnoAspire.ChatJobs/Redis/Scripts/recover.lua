-- Renews the lease of the worker that calls, and requeues the jobs of lost workers and those whose own leases have expired. When no worker
-- called for a while (Redis or all workers were away), no worker could renew either, so all deadlines are moved by that interval first: an
-- outage costs no lease. The outage is kept for the scripts that decide whether a job has viewers; one that follows another within the time
-- viewers have to report again is merged with it.
-- Returns the requeued jobs
local waiting, owners, waitingByOwner, state, notify, leases, claims, workers, presence = unpack(KEYS)
-- sorted set by tag; hashes: job to owner, owner to count, state; list; sorted set by deadline in ms; hash: job to token, job:worker to worker;
-- sorted set by deadline in ms; hash: worker to 'present', or 'ms of the first absence' and 'deadline then'
local maxInterval, maxJobs, viewerPresence = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) -- ms, count, ms
local caller, leaseMs, channels = ARGV[4], tonumber(ARGV[5]), ARGV[6] -- worker or '', ms, what precedes the worker in its channel's name
local minAbsence, settling, maxLeaseMs = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]) -- ms
--@include _now
--@include _requeue
--@include _presence

local time = now()
local last = tonumber(redis.call('HGET', state, 'recovered') or time)
redis.call('HSET', state, 'recovered', integer(time))
local outage = time - last > maxInterval
if outage then
  local before = redis.call('HGET', state, 'outageuntil')
  if not before or last - tonumber(before) > viewerPresence then
    redis.call('HSET', state, 'outagefrom', integer(last))
  end
  redis.call('HSET', state, 'outageuntil', integer(time))
  for _, key in ipairs({leases, workers}) do
    local held = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for i = 1, #held, 2 do
      -- No longer than a lease can be, for one that began during the outage.
      redis.call('ZADD', key, integer(math.min(tonumber(held[i + 1]) + time - last, time + maxLeaseMs)), held[i])
    end
  end
end
if caller ~= '' then
  redis.call('ZADD', workers, integer(time + leaseMs), caller)
end

local requeued = redis.call('ZRANGEBYSCORE', leases, '-inf', integer(time), 'LIMIT', 0, maxJobs)
for i = 1, #requeued do
  requeue(requeued[i])
end
local absent = absentWorkers(state, workers, presence, channels, minAbsence, settling, outage)
local expired = redis.call('ZRANGEBYSCORE', workers, '-inf', integer(time))
if #absent + #expired == 0 then
  return requeued
end

-- Rare, so the claims are not kept by worker.
local isLost = {}
for _, worker in ipairs(expired) do
  isLost[worker] = 'expired'
end
for _, worker in ipairs(absent) do
  isLost[worker] = 'absent'
end
local held = redis.call('HGETALL', claims)
for i = 1, #held, 2 do
  local job, reason = string.match(held[i], '^(.*):worker$'), isLost[held[i + 1]]
  if job and reason then
    if #requeued >= maxJobs then
      return requeued
    end
    local token = redis.call('HGET', claims, job)
    requeue(job)
    if reason == 'absent' and token then
      -- For the next claim, so that the loss of the worker does not count as an attempt.
      redis.call('HSET', claims, job .. ':lost', token)
    end
    requeued[#requeued + 1] = job
  end
end
for worker in pairs(isLost) do
  redis.call('ZREM', workers, worker)
  redis.call('HDEL', presence, worker)
end
return requeued
