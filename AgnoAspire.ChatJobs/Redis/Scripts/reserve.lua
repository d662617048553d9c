-- Reserves a chat completion of a caller, if it is within the limits of the sliding window. Use is summed in buckets of one second, each of
-- which counts until its youngest request is a whole window old: never more than the limit in any window, and at most a second too strict.
-- Constant time: a call expires or reads at most one bucket for each second of the window, however many requests there are.
-- Returns {code, requests, tokens, ms until nothing is counted, ms until it fits}: 1 granted, 2 counted already, -1 too many requests,
--         -2 too many tokens
local buckets, reservations, order = unpack(KEYS)
-- hash: requests and tokens (sums), first and last (second), r<second>, t<second>; hash: id to second:tokens; list of ids, oldest first
local id, maxRequests, maxTokens = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]) -- 0 for no limit
local wanted, window = tonumber(ARGV[4]), tonumber(ARGV[5]) -- tokens, s
--@include _now

-- The buckets of some seconds: their fields and their values, requests and tokens in turn.
local function read(from, to)
  local fields = {}
  for second = from, to do
    fields[#fields + 1] = 'r' .. integer(second)
    fields[#fields + 1] = 't' .. integer(second)
  end
  return fields, redis.call('HMGET', buckets, unpack(fields))
end

local time = now()
local second = math.floor(time / 1000)
local current = redis.call('HMGET', buckets, 'requests', 'tokens', 'first', 'last')
local requests, tokens = tonumber(current[1] or '0'), tonumber(current[2] or '0')
local first, last = tonumber(current[3] or second), tonumber(current[4] or second)

-- A clock that was set back by more than the window makes everything counted meaningless; by less, it stands still until it has caught up.
if last < second - window or last > second + window then
  redis.call('DEL', buckets, reservations, order)
  requests, tokens, first, last = 0, 0, second, second
elseif last > second then
  second = last
  time = second * 1000
end
if first < second - window then
  local fields, values = read(first, second - window - 1)
  for i = 1, #fields, 2 do
    requests = requests - tonumber(values[i] or '0')
    tokens = tokens - tonumber(values[i + 1] or '0')
  end
  first = second - window
  redis.call('HDEL', buckets, unpack(fields))
  redis.call('HSET', buckets, 'requests', integer(requests), 'tokens', integer(tokens), 'first', integer(first))
end

local function secondOf(reservation)
  return tonumber(string.match(redis.call('HGET', reservations, reservation) or '', '^%d+') or '0')
end
local reset = requests > 0 and math.max(0, (last + window + 1) * 1000 - time) or 0
if secondOf(id) >= second - window then
  return {2, requests, tokens, reset, 0}
end

local code, excess, offset = 1, 0, 0
if maxRequests > 0 and requests >= maxRequests then
  code, excess, offset = -1, requests + 1 - maxRequests, 0
elseif maxTokens > 0 and tokens + wanted > maxTokens then
  code, excess, offset = -2, tokens + wanted - maxTokens, 1
end
if code < 0 then
  local fields, values = read(first, last)
  local freed = first
  for i = 1, #fields, 2 do
    excess = excess - tonumber(values[i + offset] or '0')
    if excess <= 0 then
      break
    end
    freed = math.min(freed + 1, last)
  end
  return {code, requests, tokens, reset, math.max(1, (freed + window + 1) * 1000 - time)}
end

-- Each grant adds one reservation and forgets up to four that are too old to be settled.
for _ = 1, 4 do
  local oldest = redis.call('LINDEX', order, 0)
  if not oldest or secondOf(oldest) >= second - window then
    break
  end
  redis.call('LPOP', order)
  redis.call('HDEL', reservations, oldest)
end
redis.call('HINCRBY', buckets, 'r' .. integer(second), 1)
redis.call('HINCRBY', buckets, 't' .. integer(second), integer(wanted))
redis.call(
  'HSET', buckets, 'requests', integer(requests + 1), 'tokens', integer(tokens + wanted), 'first', integer(first), 'last', integer(second))
redis.call('HSET', reservations, id, integer(second) .. ':' .. integer(wanted))
redis.call('RPUSH', order, id)
for i = 1, #KEYS do
  redis.call('PEXPIRE', KEYS[i], integer(window * 2000))
end
return {1, requests + 1, tokens + wanted, (second + window + 1) * 1000 - time, 0}
