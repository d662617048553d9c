-- Withdraws a refused request from the admission of a job. The record is deleted with the last of the requests that admit the job, and never
-- after the job was accepted.
-- Returns 1 deleted, 0 still being admitted by other requests, or expired, 2 the job was accepted
local job, viewers = unpack(KEYS) -- hash, sorted set

local status = redis.call('HGET', job, 'status')
if not status then
  return 0
end
if status ~= 'admitting' then
  return 2
end
if redis.call('HINCRBY', job, 'admissions', -1) > 0 then
  return 0
end
redis.call('DEL', job, viewers)
return 1
