-- Makes the holder of a claim the only one who can append, and hands out the job. A job that is still being admitted is in the queue, so it
-- starts as well; the request that enqueued it finds it accepted.
-- An attempt counts from here on, so a claim whose job never started costs none; starting again with the same token is the same attempt.
-- Returns {'gone'}, {'ended'}, {'fenced'}, or {'ready' or 'cancelled', chunks in the log, ms since it was created if it was never started
-- before, else -1, the record as field, value, field, value...}
local job, chunks, viewers = unpack(KEYS) -- hash, list, sorted set
local token, worker, runningTtl, grace, maxInterval = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]) -- ms
local outageFrom, outageUntil = tonumber(ARGV[6]), tonumber(ARGV[7]) -- ms; the last outage of Redis that the claim knows of
local lost, maxTakeovers = ARGV[8], tonumber(ARGV[9]) -- token of the claim whose worker was lost or '', count
--@include _now
--@include _live
--@include _viewers

local current = redis.call('HMGET', job, 'status', 'fence', 'cancel', 'policy', 'created', 'heartbeat')
local status, holder, cancelled, policy, created, heartbeat = current[1], current[2], current[3], current[4], current[5], tonumber(current[6])
if not status then
  return {'gone'}
end
if not isLive(status) then
  return {'ended'}
end
-- The loss of a worker that its absence has shown is no attempt of the job, unless it happens too often to be the worker's fault. A worker that
-- was taken for lost may have relinquished the job itself.
if lost ~= '' and holder == lost and redis.call('HGET', job, 'relinquished') ~= lost
  and redis.call('HINCRBY', job, 'takeovers', 1) <= maxTakeovers then
  redis.call('HINCRBY', job, 'attempts', -1)
end
if tonumber(holder or '0') > tonumber(token) then
  return {'fenced'}
end
redis.call('HINCRBY', job, 'attempts', holder == token and 0 or 1)
local time = now()
redis.call('HSET', job, 'fence', token, 'worker', worker, 'status', 'running', 'heartbeat', integer(time))
if status ~= 'running' then
  redis.call('HSET', job, 'started', integer(time))
end
redis.call('PEXPIRE', job, runningTtl)
redis.call('PEXPIRE', chunks, runningTtl)
redis.call('PEXPIRE', viewers, runningTtl)
-- An interval between heartbeats that no dead worker explains was an outage too.
if heartbeat and time - heartbeat > maxInterval then
  outageFrom, outageUntil = heartbeat, time
end
local presentUntil = lastPresence(viewers, outageFrom, outageUntil)
if not cancelled and isAbandoned(policy, presentUntil, created, grace) then
  redis.call('HSET', job, 'cancel', 'abandoned')
  cancelled = 'abandoned'
end
return {cancelled and 'cancelled' or 'ready', redis.call('LLEN', chunks), status ~= 'running' and math.max(time - tonumber(created), 0) or -1,
  redis.call('HGETALL', job)}
