-- Takes back the attempt of a worker that gives a started job up in order. Repeating it changes nothing.
-- Returns 1, or 0 when the attempt is not this claim's or was taken back before
local job, token = KEYS[1], ARGV[1] -- hash

local current = redis.call('HMGET', job, 'fence', 'relinquished')
if current[1] ~= token or current[2] == token then
  return 0
end
redis.call('HINCRBY', job, 'attempts', -1)
redis.call('HSET', job, 'relinquished', token)
return 1
