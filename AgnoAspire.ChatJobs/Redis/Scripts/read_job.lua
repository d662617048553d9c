-- Reads a job and the length of its log as they are at one moment: a terminal chunk and the status it gives never show one without the other.
-- Returns {values of the fields, chunks in the log}
local job, chunks = unpack(KEYS) -- hash, list; ARGV: fields of the job

return {redis.call('HMGET', job, unpack(ARGV)), redis.call('LLEN', chunks)}
