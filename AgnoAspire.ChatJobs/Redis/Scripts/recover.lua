-- Gives the jobs of silent workers back to the queue, to be served next. When no worker called for a while (Redis or all of them were
-- away) nobody could renew either, so all deadlines are moved by that gap first: an outage costs nobody a lease. The gap is kept for those
-- who judge whether a job has viewers; one that follows another within the time viewers have to report again is one with it.
-- KEYS: 1 waiting (sorted set), 2 owners (hash), 3 counts (hash), 4 meta (hash), 5 wake (list), 6 leases (sorted set), 7 claims (hash)
-- ARGV: 1 longest gap between calls that is taken as normal, in ms, 2 most jobs at once, 3 time viewers have to report again, in ms
-- Returns the jobs given back
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[4], 'reaped') or now)
redis.call('HSET', KEYS[4], 'reaped', string.format('%.0f', now))
if now - last > tonumber(ARGV[1]) then
  local before = redis.call('HGET', KEYS[4], 'awayuntil')
  if not before or last - tonumber(before) > tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[4], 'awayfrom', string.format('%.0f', last))
  end
  redis.call('HSET', KEYS[4], 'awayuntil', string.format('%.0f', now))
  local leases = redis.call('ZRANGE', KEYS[6], 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do
    redis.call('ZADD', KEYS[6], string.format('%.0f', tonumber(leases[i + 1]) + now - last), leases[i])
  end
end
local lapsed = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', string.format('%.0f', now), 'LIMIT', 0, tonumber(ARGV[2]))
local served = redis.call('HGET', KEYS[4], 'served') or '0'
for i = 1, #lapsed do
  redis.call('ZREM', KEYS[6], lapsed[i])
  redis.call('HDEL', KEYS[7], lapsed[i])
  redis.call('ZADD', KEYS[1], served, lapsed[i])
  redis.call('HINCRBY', KEYS[3], redis.call('HGET', KEYS[2], lapsed[i]) or '', 1)
  redis.call('LPUSH', KEYS[5], '1')
end
return lapsed
