-- Appends one chunk to the log and publishes it, if the fence, the sequence and the cancel flag allow it. A fence above the job's is a
-- Redis that came back with older data: the holder of the newest fence goes on.
-- KEYS: 1 job (hash), 2 chunks (list), 3 viewers (sorted set)
-- ARGV: 1 fence, 2 sequence, 3 chunk, 4 channel, 5 status to end with, '' for a chunk that is not terminal, 'restore' for one
--       that was there before and is taken even when cancelled, 6 expiry in ms of the log after the end, 7 expiry in ms of the job after the end, 8 expiry in ms of a running job,
--       9 '1' to keep the request after the end
-- Returns {code, chunks in the log}: 1 appended, 2 was there already, 3 the log is shorter than it was, 0 cancelled, -1 fenced off, -2 gone
local job = redis.call('HMGET', KEYS[1], 'fence', 'status', 'cancel')
if not job[2] then
  return {-2, 0}
end
if job[1] ~= ARGV[1] then
  if tonumber(job[1] or '0') > tonumber(ARGV[1]) then
    return {-1, 0}
  end
  redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'status', 'running')
end
local length = redis.call('LLEN', KEYS[2])
local sequence = tonumber(ARGV[2])
if length >= sequence then
  return {2, length}
end
if job[2] ~= 'queued' and job[2] ~= 'running' then
  return {-1, length}
end
if length < sequence - 1 then
  return {3, length}
end
if job[3] and ARGV[5] == '' then
  return {0, length}
end
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[2] .. '\n' .. ARGV[3])
if ARGV[5] ~= '' and ARGV[5] ~= 'restore' then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'status', ARGV[5], 'ended', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
  if ARGV[9] ~= '1' then
    redis.call('HDEL', KEYS[1], 'request')
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[7])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  redis.call('DEL', KEYS[3])
elseif sequence == 1 then
  redis.call('PEXPIRE', KEYS[2], ARGV[8])
end
return {1, sequence}
