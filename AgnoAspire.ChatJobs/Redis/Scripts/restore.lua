-- Writes the record of a running job again that Redis has lost with a failover or a restart, as its worker read it when it started the job.
-- Returns 1, or 0 when there is a record
local job = KEYS[1] -- hash
local token, ttl = ARGV[1], ARGV[2] -- ttl: ms; then field, value, field, value...
--@include _now

if redis.call('EXISTS', job) == 1 then
  return 0
end
redis.call('HSET', job, unpack(ARGV, 3))
redis.call('HSET', job, 'status', 'running', 'fence', token, 'heartbeat', integer(now()))
redis.call('PEXPIRE', job, ttl)
return 1
