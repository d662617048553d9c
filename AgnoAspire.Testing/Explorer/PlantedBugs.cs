namespace AgnoAspire.Testing.Explorer;

/// <summary>Bugs that the product has had, or could have, by name: texts of its scripts and what takes their place.</summary>
internal static class PlantedBugs
{
    public static readonly IReadOnlyDictionary<string, PlantedText[]> All = new Dictionary<string, PlantedText[]>
    {
        ["append-ignores-fencing-token"] = [new("Append", "if tonumber(holder or '0') > tonumber(token) then", "if false then")],
        ["append-repeats-chunk"] =
        [
            new("Append", "if length >= sequence then", "if false then"),
            new("Append", "if length < sequence - 1 then", "if false then"),
        ],
        ["append-ignores-cancellation"] = [new("Append", "if cancelled and kind == 'chunk' then", "if false then")],
        ["end-keeps-expiry-of-running-log"] = [new("Append", "redis.call('PEXPIRE', chunks, retention)", "")],
        ["dead-letter-without-request"] = [new("Append", "if not keepRequest then", "if true then")],
        ["heartbeat-changes-retention"] = [new("Heartbeat", "if not isLive(status) then", "if false then")],
        ["heartbeat-ignores-viewers"] = [new("Heartbeat", "(presentUntil or tonumber(created))", "tonumber(created)")],
        ["start-counts-attempt-twice"] = [new("Start", "holder == token and 0 or 1", "1")],
        ["start-runs-ended-job"] = [new("Start", "if not isLive(status) then", "if false then")],
        ["start-shortens-expiry"] = [new("Start", "redis.call('PEXPIRE', job, runningTtl)", "redis.call('PEXPIRE', job, 15000)")],
        ["accept-restarts-job"] = [new("Accept", "if status == 'admitting' then", "if true then")],
        ["withdraw-discards-accepted-job"] = [new("Withdraw", "if status ~= 'admitting' then", "if false then")],
        ["withdraw-discards-joined-admission"] = [new("Withdraw", "if redis.call('HINCRBY', job, 'admissions', -1) > 0 then", "if false then")],
        ["create-forgets-reservation"] = [new("Create", "current[3] or reservation", "reservation")],
        ["log-outlives-job"] = [new("Append", "redis.call('PEXPIRE', chunks, redis.call('PTTL', job))", "redis.call('PEXPIRE', chunks, 600000)")],
        ["renew-revives-claim"] = [new("Heartbeat", "return 4", "return 1")],
        ["enqueue-does-not-mark-claimed-job"] = [new("Enqueue", "redis.call('HSET', claims, job .. ':again', '1')", "")],
        ["release-ends-claim-of-another"] = [new("Release", "if redis.call('HGET', claims, job) ~= token then", "if false then")],
        ["release-leaks-bytes"] = [new("Release", "if size then", "if false then")],
        ["release-keeps-sum-of-bytes"] = [new("Release", "ipairs({'total', owner})", "ipairs({owner})")],
        ["release-keeps-dead-letters"] = [new("Release", "redis.call('PEXPIRE', dead, integer(retention))", "")],
        ["requeue-of-lost-claim"] = [new("Requeue", "if redis.call('HGET', claims, job) ~= token then", "if false then")],
        ["recover-keeps-claim"] = [new("Recover", "redis.call('HDEL', claims, job, job .. ':again')", "")],
        ["claim-leaks-count"] = [new("Claim", "redis.call('HINCRBY', waitingByOwner, owner, -1) <= 0", "false")],
    };
}
