-- Lets workers claim again, and rings for every job that waits.
-- KEYS: 1 meta (hash), 2 waiting (sorted set), 3 wake (list)
-- Returns the number of jobs that wait
redis.call('HDEL', KEYS[1], 'paused')
local waiting = redis.call('ZCARD', KEYS[2])
for _ = redis.call('LLEN', KEYS[3]) + 1, waiting do
  redis.call('LPUSH', KEYS[3], '1')
end
return waiting
