-- Registers the models that a worker serves, each with the time of Redis' clock, so that the clocks of two machines are never compared.
-- Returns 0
local models = KEYS[1] -- hash: model to "time provider"; ARGV: model, provider, model, provider...
--@include _now

local time = integer(now())
for i = 1, #ARGV, 2 do
  redis.call('HSET', models, ARGV[i], time .. ' ' .. ARGV[i + 1])
end
return 0
