-- Included: the time as scripts have it, whole milliseconds of the server's clock, and a number as a key holds it.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function integer(number)
  return string.format('%.0f', number)
end
