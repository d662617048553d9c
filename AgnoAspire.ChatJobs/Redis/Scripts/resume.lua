-- Lets workers claim again and notifies them of every job that waits.
-- Returns the number of jobs that wait
local state, waiting, notify = unpack(KEYS) -- hash, sorted set, list

redis.call('HDEL', state, 'paused')
local count = redis.call('ZCARD', waiting)
for _ = redis.call('LLEN', notify) + 1, count do
  redis.call('LPUSH', notify, '1')
end
return count
