-- Takes the next job, or one named job that still waits, under a lease and a new fence token. A fence is the server's clock in µs, or one
-- more than the last where that is higher, so it grows even if Redis came back with older data. Says too when Redis was last away, by the
-- reaping that every worker does all the time.
-- KEYS: 1 waiting (sorted set), 2 owners (hash), 3 tags (hash), 4 counts (hash), 5 meta (hash), 6 wake (list),
--       7 leases (sorted set, deadline in ms), 8 claims (hash, job to fence), 9 attempts (hash)
-- ARGV: 1 lease in ms, 2 job or '' for the next one, 3 longest gap between reapings that is taken as normal, in ms
-- Returns {job, fence, attempt, away from in ms, away until in ms} (the last two 0 when Redis never was), or {} when there is none
local job = ARGV[2]
if job == '' then
  if redis.call('HEXISTS', KEYS[5], 'paused') == 1 then
    return {}
  end
  local popped = redis.call('ZPOPMIN', KEYS[1])
  if #popped == 0 then
    redis.call('DEL', KEYS[6])
    return {}
  end
  job = popped[1]
  redis.call('HSET', KEYS[5], 'served', popped[2])
elseif redis.call('ZREM', KEYS[1], job) == 0 then
  return {}
end

local owner = redis.call('HGET', KEYS[2], job) or ''
if redis.call('HINCRBY', KEYS[4], owner, -1) <= 0 then
  redis.call('HDEL', KEYS[4], owner)
  redis.call('HDEL', KEYS[3], owner)
end

local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local meta = redis.call('HMGET', KEYS[5], 'fence', 'claimed', 'pace')
local fence = string.format('%.0f', math.max(micros, tonumber(meta[1] or '0') + 1))
local gap = math.min(math.max(now - tonumber(meta[2] or now), 0), 60000)
local pace = tonumber(meta[3] or '1000') * 0.9 + gap * 0.1
redis.call('HSET', KEYS[5], 'fence', fence, 'claimed', string.format('%.0f', now), 'pace', string.format('%.3f', pace))

redis.call('ZADD', KEYS[7], string.format('%.0f', now + tonumber(ARGV[1])), job)
redis.call('HSET', KEYS[8], job, fence)
local attempt = redis.call('HINCRBY', KEYS[9], job, 1)

local waiting = redis.call('ZCARD', KEYS[1])
if waiting == 0 then
  redis.call('DEL', KEYS[6])
else
  redis.call('LTRIM', KEYS[6], 0, waiting - 1)
end
local away = redis.call('HMGET', KEYS[5], 'reaped', 'awayfrom', 'awayuntil')
if away[1] and now - tonumber(away[1]) > tonumber(ARGV[3]) then
  away = {away[1], away[1], string.format('%.0f', now)}
end
return {job, fence, attempt, away[2] or '0', away[3] or '0'}
