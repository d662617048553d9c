-- Writes a new job record, or returns the fingerprint of the job that has this id already.
-- Returns {1} when written, {0, fingerprint} when there was one
local job = KEYS[1] -- hash
local ttl = ARGV[1] -- ms; then field, value, field, value...; "created" is set here
--@include _now

if redis.call('EXISTS', job) == 1 then
  return {0, redis.call('HGET', job, 'fingerprint')}
end
redis.call('HSET', job, 'created', integer(now()), unpack(ARGV, 2))
redis.call('PEXPIRE', job, ttl)
return {1}
