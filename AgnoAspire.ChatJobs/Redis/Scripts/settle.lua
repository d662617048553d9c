-- Replaces the tokens of a reservation by those that were used, or takes the reservation back. Idempotent.
-- Returns 1, or 0 when the reservation is not counted (any more)
local buckets, reservations = unpack(KEYS) -- hashes, as in reserve.lua
local id, used = ARGV[1], tonumber(ARGV[2]) -- tokens, or -1 to take it back

local second, reserved = string.match(redis.call('HGET', reservations, id) or '', '^(%d+):(%d+)$')
if not second or redis.call('HEXISTS', buckets, 'r' .. second) == 0 then
  return 0
end
if used < 0 then
  redis.call('HDEL', reservations, id)
  redis.call('HINCRBY', buckets, 'r' .. second, -1)
  redis.call('HINCRBY', buckets, 'requests', -1)
else
  redis.call('HSET', reservations, id, second .. ':' .. ARGV[2])
end
local change = string.format('%.0f', math.max(used, 0) - tonumber(reserved))
redis.call('HINCRBY', buckets, 't' .. second, change)
redis.call('HINCRBY', buckets, 'tokens', change)
return 1
