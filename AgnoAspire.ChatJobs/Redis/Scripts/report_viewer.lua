-- Records a viewer as present until a deadline, or as gone; no-op for a stream that has ended.
-- Returns 0
local viewers, job = unpack(KEYS) -- sorted set by the end of presence in ms, hash
local viewer, presence, ttl = ARGV[1], tonumber(ARGV[2]), ARGV[3] -- ms; presence 0 when it left
--@include _now

local status = redis.call('HGET', job, 'status')
if status == 'queued' or status == 'running' then
  redis.call('ZADD', viewers, integer(now() + presence), viewer)
  redis.call('PEXPIRE', viewers, ttl)
end
return 0
