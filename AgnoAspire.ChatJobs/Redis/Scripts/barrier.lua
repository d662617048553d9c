-- Writes after a stream's end, for WAIT to wait for. Returns 1 if the server says that it has replicas, else 0
local barrier = KEYS[1] -- string
local ttl = ARGV[1] -- ms
redis.call('SET', barrier, '1', 'PX', ttl)
local replication = redis.pcall('INFO', 'replication')
return type(replication) == 'string' and string.find(replication, 'connected_slaves:[1-9]') and 1 or 0
