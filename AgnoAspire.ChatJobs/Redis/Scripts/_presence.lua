-- Included: the workers that are lost. A worker holds a subscription to a channel of its own, which the kernel ends with its process; a process
-- that is slow or stopped keeps it. Lost is a worker that was seen present on this server, is absent in two checks, and did not renew its lease
-- since the first. One that renews without its subscription is lost when its lease expires until it was seen again. After a restart, a failover or an
-- outage no worker is subscribed, so nothing is decided until they have had time to do it.
local function absentWorkers(state, workers, presence, channels, minAbsence, settling, outage)
  local time = now()
  local absent = {}
  local information = redis.pcall('INFO', 'server')
  local server = type(information) == 'string' and string.match(information, 'run_id:(%w+)')
  if not server then
    return absent
  end
  local known = redis.call('HMGET', state, 'server', 'settled')
  if outage or known[1] ~= server then
    redis.call('HSET', state, 'server', server, 'settled', integer(time + settling))
    redis.call('DEL', presence)
    return absent
  end
  if time < tonumber(known[2] or '0') then
    return absent
  end
  local leases = redis.call('ZRANGE', workers, 0, -1, 'WITHSCORES')
  local names, ids = {}, {}
  for i = 1, #leases, 2 do
    ids[#ids + 1], names[#names + 1] = leases[i], channels .. leases[i]
  end
  if #ids == 0 then
    return absent
  end
  local subscribers = redis.pcall('PUBSUB', 'NUMSUB', unpack(names))
  if subscribers.err then
    return absent
  end
  local marks = redis.call('HMGET', presence, unpack(ids))
  for i = 1, #ids do
    local worker, deadline, seen = ids[i], leases[2 * i], marks[i]
    if tonumber(subscribers[2 * i]) > 0 then
      if seen ~= 'present' then
        redis.call('HSET', presence, worker, 'present')
      end
    elseif seen == 'present' then
      redis.call('HSET', presence, worker, integer(time) .. ' ' .. deadline)
    elseif seen then
      local since, renewed = string.match(seen, '^(%d+) (.*)$')
      if renewed ~= deadline then
        redis.call('HDEL', presence, worker)
      elseif time - tonumber(since) >= minAbsence then
        absent[#absent + 1] = worker
      end
    end
  end
  return absent
end
