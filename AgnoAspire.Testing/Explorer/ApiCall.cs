using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.Testing.Explorer;

/// <summary>One HTTP request to a simulated API replica, without the HTTP.</summary>
internal sealed class ApiCall : IDisposable
{
    public const int Aborted = 0;
    public const int Unavailable = 503;

    private readonly SimulatedProcess api;
    private readonly Action<byte[]> onBytes;
    private readonly CancellationTokenSource aborted = new();
    private readonly TaskCompletionSource<int> done = new();

    public ApiCall(SimulatedProcess api, string owner, Action<byte[]>? onBytes = null)
    {
        this.api = api;
        this.onBytes = onBytes ?? (static _ => { });
        Context = new DefaultHttpContext { User = CallerIdentity.Create(owner, "explorer"), RequestAborted = aborted.Token };
        Context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new BodyStream(this)));
    }

    public DefaultHttpContext Context { get; }

    public bool IsOpen => !done.Task.IsCompleted;

    /// <summary>Gets whether the response has begun.</summary>
    public bool HasStarted { get; private set; }

    public string? ProblemCode { get; private set; }

    /// <summary>Sends the request. The status: 200, that of the problem, or <see cref="Aborted"/> when the connection broke.</summary>
    public Task<int> SendAsync(Func<HttpContext, Task<IResult>> handle)
    {
        api.Calls.Add(this);
        api.Run(() => _ = HandleAsync(handle));
        return done.Task;
    }

    /// <summary>The client disconnects.</summary>
    public void Abort()
    {
        Reset();
        api.Run(aborted.Cancel);
    }

    /// <summary>The connection breaks; the process does not know (any more).</summary>
    public void Reset() => Finish(Aborted);

    public void Dispose() => aborted.Dispose();

    private async Task HandleAsync(Func<HttpContext, Task<IResult>> handle)
    {
        try
        {
            var result = await handle(Context);
            ProblemCode = (result as ProblemHttpResult)?.ProblemDetails.Extensions["code"] as string;
            Finish((result as IStatusCodeHttpResult)?.StatusCode ?? 200);
        }
        catch (ChatJobsUnavailableException)
        {
            Finish(Unavailable);
        }
        catch (OperationCanceledException)
        {
            Finish(Aborted);
        }
        catch (InvariantException broken)
        {
            done.TrySetException(broken);
        }
        catch (Exception exception)
        {
            done.TrySetException(new InvariantException($"A request failed: {exception}"));
        }
    }

    private void Finish(int status)
    {
        api.Calls.Remove(this);
        done.TrySetResult(status);
    }

    private sealed class BodyStream(ApiCall call) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (call.IsOpen)
            {
                call.HasStarted = true;
                call.onBytes(buffer.ToArray());
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer, offset, count);
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
