-- Appends one chunk to the log and publishes it, if the fencing token, the sequence and the cancellation allow it. A token above the job's
-- means that Redis came back with older data: the holder of the newest token goes on.
-- Returns {code, chunks in the log}: 1 appended, 2 was there already, 3 the log is shorter than it was, 0 cancelled, -1 fenced, -2 gone
local job, chunks, viewers = unpack(KEYS) -- hash, list, sorted set
local token, sequence, chunk, channel = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local kind, endStatus = ARGV[5], ARGV[6] -- 'chunk', 'restored' (was there before; accepted when cancelled too), 'terminal'
local retention, jobRetention = ARGV[7], ARGV[8] -- ms: of an ended log, of an ended job
local keepRequest, usage = ARGV[9] == '1', ARGV[10] -- usage: tokens a terminal chunk settles
--@include _now
--@include _live

local current = redis.call('HMGET', job, 'fence', 'status', 'cancel')
local holder, status, cancelled = current[1], current[2], current[3]
if not status then
  return {-2, 0}
end
if holder ~= token then
  if tonumber(holder or '0') > tonumber(token) then
    return {-1, 0}
  end
  if isLive(status) then
    redis.call('HSET', job, 'fence', token, 'status', 'running')
  end
end
local length = redis.call('LLEN', chunks)
if length >= sequence then
  return {2, length}
end
if not isLive(status) then
  return {-1, length}
end
if length < sequence - 1 then
  return {3, length}
end
if cancelled and kind == 'chunk' then
  return {0, length}
end
redis.call('RPUSH', chunks, chunk)
redis.call('PUBLISH', channel, ARGV[2] .. '\n' .. chunk)
if kind == 'terminal' then
  -- The usage is recorded here, so that a worker that dies before it settles leaves it to the next claim.
  redis.call('HSET', job, 'status', endStatus, 'ended', integer(now()), 'usage', usage)
  if not keepRequest then
    redis.call('HDEL', job, 'request')
  end
  redis.call('PEXPIRE', job, jobRetention)
  redis.call('PEXPIRE', chunks, retention)
  redis.call('DEL', viewers)
elseif sequence == 1 then
  -- With the job: a log that is left would be continued by the next job of this id.
  redis.call('PEXPIRE', chunks, redis.call('PTTL', job))
end
return {1, sequence}
