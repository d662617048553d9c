-- Writes a new job, or tells what the job of that id is already.
-- KEYS: 1 job (hash)
-- ARGV: 1 expiry in ms, 2… field, value, field, value…; "created" is set here, in ms of the server's clock
-- Returns {1} when written, {0, fingerprint} when it was there
if redis.call('EXISTS', KEYS[1]) == 1 then
  return {0, redis.call('HGET', KEYS[1], 'fingerprint')}
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'created', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return {1}
