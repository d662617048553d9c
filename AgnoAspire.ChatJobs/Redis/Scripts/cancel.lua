-- Marks a job as cancelled; whoever holds it, or claims it next, ends its stream.
-- KEYS: 1 job (hash), 2 viewers (sorted set, present until in ms)
-- ARGV: 1 grace in ms after the last viewer left, or -1 to cancel whoever watches
-- Returns 1 marked, 0 had ended already or is still wanted, -2 gone
local job = redis.call('HMGET', KEYS[1], 'status', 'policy', 'created')
if not job[1] then
  return -2
end
if job[1] ~= 'queued' and job[1] ~= 'running' then
  return 0
end
local grace = tonumber(ARGV[1])
if grace >= 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local seen = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  if job[2] ~= 'cancel' or now <= tonumber(seen[2] or job[3]) + grace then
    return 0
  end
  redis.call('HSET', KEYS[1], 'cancel', 'abandoned')
else
  redis.call('HSET', KEYS[1], 'cancel', 'requested')
end
return 1
