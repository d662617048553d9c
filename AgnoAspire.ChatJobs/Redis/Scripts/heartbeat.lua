-- Renews a running job's expiry and tells its worker whether to stop.
-- Returns 1 go on, 4 has ended, 0 cancelled, -1 fenced, -2 gone
local job, chunks, viewers = unpack(KEYS) -- hash, list, sorted set
local token, runningTtl, grace, maxInterval = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]) -- ms
local channel, minAbsence = ARGV[5], tonumber(ARGV[6]) -- ms
--@include _now
--@include _live
--@include _viewers
--@include _subscribers

local current = redis.call('HMGET', job, 'fence', 'status', 'cancel', 'policy', 'created', 'heartbeat')
local holder, status, cancelled, policy, created, previous = current[1], current[2], current[3], current[4], current[5], current[6]
if not status then
  return -2
end
if tonumber(holder or '0') > token then
  return -1
end
if not isLive(status) then
  -- The terminal chunk is there: the job expires as promised, and its worker is about to release it.
  return 4
end
local time = now()
redis.call('HSET', job, 'heartbeat', integer(time))
redis.call('PEXPIRE', job, runningTtl)
redis.call('PEXPIRE', chunks, runningTtl)
redis.call('PEXPIRE', viewers, runningTtl)
if cancelled then
  return 0
end
-- An interval that no worker leaves between heartbeats was an outage.
local last = tonumber(previous or time)
local presentUntil = lastPresence(viewers, last, time - last > maxInterval and time or last)
presentUntil = lastSubscription(job, channel, presentUntil, time, minAbsence)
if isAbandoned(policy, presentUntil, created, grace) then
  redis.call('HSET', job, 'cancel', 'abandoned')
  return 0
end
return 1
