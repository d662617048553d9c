-- Reads the models that were registered within some time by Redis' clock, and forgets the others.
-- Returns {model, time in ms, provider, model, time in ms, provider...}
local models = KEYS[1] -- hash: model to "time provider"
local validity = tonumber(ARGV[1]) -- ms
--@include _now

local time = now()
local entries = redis.call('HGETALL', models)
local valid = {}
for i = 1, #entries, 2 do
  local registered, provider = string.match(entries[i + 1], '^(%d+) (.*)$')
  if time - tonumber(registered) < validity then
    valid[#valid + 1] = entries[i]
    valid[#valid + 1] = registered
    valid[#valid + 1] = provider
  else
    redis.call('HDEL', models, entries[i])
  end
end
return valid
