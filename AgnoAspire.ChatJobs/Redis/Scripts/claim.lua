-- Claims the next job, or one named job that still waits, with a lease and a new fencing token. The token is the server's clock in µs, or
-- one more than the last token where that is higher, so it grows even if Redis came back with older data. Also returns the last outage of
-- Redis, known from the calls of recover.lua that every worker makes all the time.
-- Returns {job, token, outage from in ms, outage until in ms (both 0 when there was none), token of the claim whose worker was lost or ''}, or {}
-- when no job waits
local waiting, owners, lastTags, waitingByOwner, state, notify, leases, claims, workers = unpack(KEYS)
-- sorted set by tag; hashes: job to owner, owner to tag, owner to count, state; list; sorted set by deadline in ms; hash: job to token,
-- job:worker to worker, job:lost to token; sorted set by deadline in ms
local leaseMs, job, maxRecoveryInterval = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]) -- job '' for the next one
local worker = ARGV[4] -- '' for a process that is none
--@include _now

if job == '' then
  if redis.call('HEXISTS', state, 'paused') == 1 then
    return {}
  end
  local popped = redis.call('ZPOPMIN', waiting)
  if #popped == 0 then
    redis.call('DEL', notify)
    return {}
  end
  job = popped[1]
  redis.call('HSET', state, 'served', popped[2])
elseif redis.call('ZREM', waiting, job) == 0 then
  return {}
end

local owner = redis.call('HGET', owners, job) or ''
if redis.call('HINCRBY', waitingByOwner, owner, -1) <= 0 then
  redis.call('HDEL', waitingByOwner, owner)
  redis.call('HDEL', lastTags, owner)
end

local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local claimedAt = math.floor(micros / 1000)
local last = redis.call('HMGET', state, 'fence', 'claimed', 'pace')
local token = integer(math.max(micros, tonumber(last[1] or '0') + 1))
local interval = math.min(math.max(claimedAt - tonumber(last[2] or claimedAt), 0), 60000)
local pace = tonumber(last[3] or '1000') * 0.9 + interval * 0.1
redis.call('HSET', state, 'fence', token, 'claimed', integer(claimedAt), 'pace', string.format('%.3f', pace))

redis.call('ZADD', leases, integer(claimedAt + leaseMs), job)
redis.call('HSET', claims, job, token)
if worker ~= '' then
  redis.call('HSET', claims, job .. ':worker', worker)
  redis.call('ZADD', workers, integer(claimedAt + leaseMs), worker)
end
local lost = redis.call('HGET', claims, job .. ':lost') or ''
redis.call('HDEL', claims, job .. ':lost')

local count = redis.call('ZCARD', waiting)
if count == 0 then
  redis.call('DEL', notify)
else
  redis.call('LTRIM', notify, 0, count - 1)
end
local outage = redis.call('HMGET', state, 'recovered', 'outagefrom', 'outageuntil')
if outage[1] and claimedAt - tonumber(outage[1]) > maxRecoveryInterval then
  outage = {outage[1], outage[1], integer(claimedAt)}
end
return {job, token, outage[2] or '0', outage[3] or '0', lost}
