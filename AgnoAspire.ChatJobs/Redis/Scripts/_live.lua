-- Included: whether the stream of a job can still grow. Every other status is that of a job with its terminal chunk.
local function isLive(status)
  return status == 'admitting' or status == 'queued' or status == 'running'
end
