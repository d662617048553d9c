-- Counts a chat completion of a caller, if it is within the limits of the sliding window.
-- KEYS: 1 requests (sorted set, ms, job), 2 tokens (hash, job to tokens; sum)
-- ARGV: 1 job, 2 most requests or 0, 3 most tokens or 0, 4 tokens to reserve, 5 window in ms
-- Returns {code, requests, tokens, ms until nothing is counted, ms until it fits}; 1 granted, 2 counted already, -1 too many requests, -2 too many tokens
--@include _now
local time = now()
local window = tonumber(ARGV[5])
local horizon = string.format('%.0f', time - window)
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', horizon)
for i = 1, #old do
  redis.call('HINCRBY', KEYS[2], 'sum', -tonumber(redis.call('HGET', KEYS[2], old[i]) or '0'))
  redis.call('HDEL', KEYS[2], old[i])
  redis.call('ZREM', KEYS[1], old[i])
end
local requests = redis.call('ZCARD', KEYS[1])
local tokens = tonumber(redis.call('HGET', KEYS[2], 'sum') or '0')
local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
local reset = math.max(0, tonumber(newest[2] or time - window) + window - time)
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  return {2, requests, tokens, reset, 0}
end
local wanted = tonumber(ARGV[4])
local code = 1
local free = 0
if tonumber(ARGV[2]) > 0 and requests >= tonumber(ARGV[2]) then
  code = -1
  local last = requests - tonumber(ARGV[2])
  free = tonumber(redis.call('ZRANGE', KEYS[1], last, last, 'WITHSCORES')[2])
elseif tonumber(ARGV[3]) > 0 and tokens + wanted > tonumber(ARGV[3]) then
  code = -2
  local excess = tokens + wanted - tonumber(ARGV[3])
  local held = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for i = 1, #held, 2 do
    excess = excess - tonumber(redis.call('HGET', KEYS[2], held[i]) or '0')
    free = tonumber(held[i + 1])
    if excess <= 0 then
      break
    end
  end
end
if code < 0 then
  return {code, requests, tokens, reset, math.max(1, free + window - time)}
end
redis.call('ZADD', KEYS[1], integer(time), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
redis.call('HINCRBY', KEYS[2], 'sum', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5] * 2)
redis.call('PEXPIRE', KEYS[2], ARGV[5] * 2)
return {1, requests + 1, tokens + wanted, window, 0}
