-- Begins the admission of a job: writes its record, or joins the requests that admit the same job at this moment. The record of a job that
-- is being admitted is short-lived; accept.lua and withdraw.lua end its admission.
-- Returns {1, reservation id, secret, created} to go on, {0, fingerprint, status, chunks in the log, secret, created} when the job was accepted
-- before or has another fingerprint
local job, chunks, viewers = unpack(KEYS) -- hash, list, sorted set
local admissionTtl, fingerprint, reservation, secret = ARGV[1], ARGV[2], ARGV[3], ARGV[4] -- ms; then field, value, field, value...
--@include _now

local current = redis.call('HMGET', job, 'status', 'fingerprint', 'reservation', 'secret', 'created')
local status = current[1]
if status and (status ~= 'admitting' or current[2] ~= fingerprint) then
  return {0, current[2], status, redis.call('LLEN', chunks), current[4], current[5]}
end
local created = current[5] or integer(now())
if not status then
  redis.call(
    'HSET', job, 'status', 'admitting', 'fingerprint', fingerprint, 'reservation', reservation, 'secret', secret, 'created', created,
    unpack(ARGV, 5))
end
redis.call('HINCRBY', job, 'admissions', 1)
redis.call('PEXPIRE', job, admissionTtl)
redis.call('PEXPIRE', viewers, admissionTtl)
return {1, current[3] or reservation, current[4] or secret, created}
