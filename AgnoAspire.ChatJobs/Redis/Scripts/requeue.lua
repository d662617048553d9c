-- Puts a claimed job back at the head of the queue.
-- Returns 1, or 0 when the claim was not held
local waiting, owners, waitingByOwner, state, notify, leases, claims = unpack(KEYS)
-- sorted set by tag; hashes: job to owner, owner to count, state; list; sorted set by deadline in ms; hash: job to token
local job, token = ARGV[1], ARGV[2]
--@include _requeue

if redis.call('HGET', claims, job) ~= token then
  return 0
end
requeue(job)
return 1
