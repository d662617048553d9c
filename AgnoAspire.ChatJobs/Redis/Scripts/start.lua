-- Makes the holder of a claim the only one who can append, and hands it the job. While Redis was away nobody could say that they watch: a
-- viewer that was there when it went is taken to stay by that time longer. The claim tells when that was, for a running job also a pause in
-- its pulses that no dead worker explains.
-- KEYS: 1 job (hash), 2 chunks (list), 3 viewers (sorted set, present until in ms)
-- ARGV: 1 fence, 2 worker, 3 expiry in ms of a running job, 4 grace in ms after the last viewer left,
--       5 longest pause between pulses that is taken as normal, in ms, 6 Redis was away from in ms, 7 until in ms
-- Returns {'gone'}, {'ended'}, {'fenced'}, or {'ready' or 'cancelled', chunks in the log, request, traceparent, tracestate, created in ms, owner,
--         ms since it was created if nobody began it before, else -1}
local job = redis.call('HMGET', KEYS[1], 'status', 'fence', 'cancel', 'policy', 'created', 'request', 'traceparent', 'tracestate', 'owner', 'pulsed')
if not job[1] then
  return {'gone'}
end
if job[1] ~= 'queued' and job[1] ~= 'running' then
  return {'ended'}
end
if tonumber(job[2] or '0') > tonumber(ARGV[1]) then
  return {'fenced'}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'worker', ARGV[2], 'status', 'running', 'pulsed', string.format('%.0f', now))
if job[1] == 'queued' then
  redis.call('HSET', KEYS[1], 'started', string.format('%.0f', now))
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local state = 'ready'
if job[3] then
  state = 'cancelled'
elseif job[4] == 'cancel' then
  local seen = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  local from = tonumber(ARGV[6])
  local till = tonumber(ARGV[7])
  if job[10] and now - tonumber(job[10]) > tonumber(ARGV[5]) then
    from = tonumber(job[10])
    till = now
  end
  if seen[2] and tonumber(seen[2]) >= from and tonumber(seen[2]) < till then
    seen[2] = string.format('%.0f', tonumber(seen[2]) + till - from)
    redis.call('ZADD', KEYS[3], seen[2], seen[1])
  end
  if now > tonumber(seen[2] or job[5]) + tonumber(ARGV[4]) then
    redis.call('HSET', KEYS[1], 'cancel', 'abandoned')
    state = 'cancelled'
  end
end
return {state, redis.call('LLEN', KEYS[2]), job[6], job[7] or '', job[8] or '', job[5], job[9] or '',
  job[1] == 'queued' and math.max(now - tonumber(job[5]), 0) or -1}
