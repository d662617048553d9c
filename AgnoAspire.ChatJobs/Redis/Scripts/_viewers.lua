-- Included: until when a job's last viewer is present. An outage of Redis keeps viewers from reporting, so a viewer that was present when
-- the outage began is taken to stay by the length of the outage longer.
local function lastPresence(viewers, outageFrom, outageUntil)
  local last = redis.call('ZREVRANGE', viewers, 0, 0, 'WITHSCORES')
  local presentUntil = tonumber(last[2])
  if presentUntil and presentUntil >= outageFrom and presentUntil < outageUntil then
    presentUntil = presentUntil + outageUntil - outageFrom
    redis.call('ZADD', viewers, integer(presentUntil), last[1])
  end
  return presentUntil
end
-- The no-viewers rule: a job with the policy 'cancel' is abandoned when its last viewer has been gone for longer than the grace period.
local function isAbandoned(policy, presentUntil, created, grace)
  return policy == 'cancel' and now() > (presentUntil or tonumber(created)) + grace
end
