-- Records a viewer as present until a deadline, or as gone; no-op for a stream that has ended. The viewers expire with the job.
-- Returns 0
local viewers, job = unpack(KEYS) -- sorted set by the end of presence in ms, hash
local viewer, presence = ARGV[1], tonumber(ARGV[2]) -- ms; 0 when it left
--@include _now
--@include _live

local status = redis.call('HGET', job, 'status')
if isLive(status) then
  redis.call('ZADD', viewers, integer(now() + presence), viewer)
  redis.call('PEXPIRE', viewers, redis.call('PTTL', job))
end
return 0
