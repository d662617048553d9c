-- A running job's sign of life in its own slot: renews its expiry and tells its worker whether to stop. After a pause that no worker makes
-- Redis was away and nobody could say that they watch either, so the last viewer is taken to stay by that pause longer.
-- KEYS: 1 job (hash), 2 chunks (list), 3 viewers (sorted set, present until in ms)
-- ARGV: 1 fence, 2 expiry in ms of a running job, 3 grace in ms after the last viewer left, 4 longest pause between pulses that is taken as normal, in ms
-- Returns 1 go on, 0 cancelled, -1 fenced off, -2 gone
local job = redis.call('HMGET', KEYS[1], 'fence', 'status', 'cancel', 'policy', 'created', 'pulsed')
if not job[2] then
  return -2
end
if tonumber(job[1] or '0') > tonumber(ARGV[1]) then
  return -1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'pulsed', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
if job[3] then
  return 0
end
if job[4] == 'cancel' then
  local seen = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  local pause = now - tonumber(job[6] or now)
  if seen[2] and pause > tonumber(ARGV[4]) then
    seen[2] = string.format('%.0f', tonumber(seen[2]) + pause)
    redis.call('ZADD', KEYS[3], seen[2], seen[1])
  end
  if now > tonumber(seen[2] or job[5]) + tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[1], 'cancel', 'abandoned')
    return 0
  end
end
return 1
