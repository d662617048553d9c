-- Ends the admission of a job that is in the queue: from here on its record lives as long as a job may wait.
-- Returns 1 when the job is accepted, now or before, 0 when its record has expired
local job, viewers = unpack(KEYS) -- hash, sorted set
local queuedTtl = ARGV[1] -- ms

local status = redis.call('HGET', job, 'status')
if not status then
  return 0
end
if status == 'admitting' then
  redis.call('HSET', job, 'status', 'queued')
  redis.call('PEXPIRE', job, queuedTtl)
  redis.call('PEXPIRE', viewers, queuedTtl)
end
return 1
