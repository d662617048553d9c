-- Marks a job as cancelled; the process that holds it, or claims it next, ends its stream.
-- Returns 1 marked, 0 has ended already or still has viewers, -2 gone
local job, viewers = unpack(KEYS) -- hash, sorted set
local reason, grace = ARGV[1], tonumber(ARGV[2]) -- 'request', or 'abandoned' after a grace period in ms without viewers
--@include _now
--@include _live
--@include _viewers

local current = redis.call('HMGET', job, 'status', 'policy', 'created')
local status, policy, created = current[1], current[2], current[3]
if not status then
  return -2
end
if not isLive(status) then
  return 0
end
if reason == 'abandoned' and (status == 'admitting' or not isAbandoned(policy, lastPresence(viewers, 0, 0), created, grace)) then
  return 0
end
redis.call('HSET', job, 'cancel', reason)
return 1
