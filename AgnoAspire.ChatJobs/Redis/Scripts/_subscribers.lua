-- Included: until when a job's last viewer is present, if every API that reported one was killed. An API is subscribed to the job's channel
-- while it has viewers, and the kernel ends the subscription with its process. Without a subscriber, and without a report since the first time
-- there was none, viewers are gone since then; a live API reports within minAbsence and subscribes again when its connection was cut. A job
-- whose channel was never seen with a subscriber depends on the reports alone.
local function lastSubscription(job, channel, presentUntil, time, minAbsence)
  local subscribers = presentUntil and redis.pcall('PUBSUB', 'NUMSUB', channel)
  if not subscribers or subscribers.err then
    return presentUntil
  end
  local unwatched = redis.call('HGET', job, 'unwatched')
  if tonumber(subscribers[2]) > 0 then
    if unwatched ~= '' then
      redis.call('HSET', job, 'unwatched', '')
    end
    return presentUntil
  end
  if not unwatched then
    return presentUntil
  end
  local since, report = string.match(unwatched, '^(%d+) (%d+)$')
  if report ~= integer(presentUntil) then
    redis.call('HSET', job, 'unwatched', integer(time) .. ' ' .. integer(presentUntil))
    return presentUntil
  end
  return time - tonumber(since) >= minAbsence and math.min(presentUntil, tonumber(since)) or presentUntil
end
