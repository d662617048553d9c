-- Does what a job needs: writes a key with an expiry, and publishes.
-- Returns the maxmemory-policy, or '' where the user may not ask or the server does not say
local key = KEYS[1] -- string
local channel, ttl = ARGV[1], ARGV[2] -- ms

redis.call('SET', key, '1', 'PX', ttl)
redis.call('PUBLISH', channel, '')
local memory = redis.pcall('INFO', 'memory')
return type(memory) == 'string' and string.match(memory, 'maxmemory_policy:([%w-]+)') or ''
