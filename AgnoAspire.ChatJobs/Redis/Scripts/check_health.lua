-- Does what a job needs: writes a key with an expiry, and publishes.
-- Returns 1
local key = KEYS[1] -- string
local channel, ttl = ARGV[1], ARGV[2] -- ms

redis.call('SET', key, '1', 'PX', ttl)
redis.call('PUBLISH', channel, '')
return 1
