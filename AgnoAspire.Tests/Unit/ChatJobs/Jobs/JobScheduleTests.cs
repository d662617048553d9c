using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.ChatJobs.Jobs;

public sealed class JobScheduleTests
{
    private const int Jobs = 160;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(16);
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Each_job_is_due_once_per_interval_and_few_at_once()
    {
        var schedule = new JobSchedule(Interval, time);
        var due = new List<int>();
        for (var elapsed = TimeSpan.Zero; elapsed < Interval; elapsed += schedule.Step)
        {
            schedule.Advance();
            var now = Enumerable.Range(0, Jobs).Where(schedule.IsDue).ToArray();
            Assert.Equal(Jobs / 16, now.Length);
            due.AddRange(now);
            schedule.Complete();
            time.Advance(schedule.Step);
        }

        Assert.Equal(Enumerable.Range(0, Jobs), due.Order());
    }

    [Fact]
    public void Jobs_stay_due_until_their_work_is_complete()
    {
        var schedule = new JobSchedule(Interval, time);
        schedule.Advance();
        time.Advance(schedule.Step * 3);
        schedule.Advance();
        Assert.Equal(Jobs / 16 * 4, Enumerable.Range(0, Jobs).Count(schedule.IsDue));

        time.Advance(Interval * 5);
        schedule.Advance();
        Assert.Equal(Jobs, Enumerable.Range(0, Jobs).Count(schedule.IsDue));
        schedule.Complete();
        Assert.DoesNotContain(Enumerable.Range(0, Jobs), schedule.IsDue);
    }
}
