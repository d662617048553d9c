/** One event of a stream: a piece of the answer, or the terminal chunk (`done: true`). More fields may follow. */
export interface ChatChunk {
  /** Text to append to the answer; `""` on the terminal chunk, never null. */
  content: string;
  /** True on the terminal chunk only. */
  done: boolean;
  /** The public name of the model that was asked for. */
  model: string;
  /** Why the stream ended; on the terminal chunk only. */
  finish_reason?: 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'cancelled' | 'error' | (string & {});
  /** On the terminal chunk, when the provider told. */
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  /** On the terminal chunk, when `finish_reason` is `"error"`; the text received so far stays valid. */
  error?: { code: string; message: string };
  /** While the job waits, when `queue_position` was asked for: the chats served before it. Such an event has no id and no text. */
  queue_position?: number;
  [field: string]: unknown;
}

/** A message of a conversation. */
export interface Message {
  role: 'system' | 'developer' | 'user' | 'assistant';
  content: string;
}

/** The body of `POST /api/v1/chat`, for those who like it typed. */
export interface ChatCompletion {
  messages: Message[];
  model: string;
  stream: true;
  max_tokens?: number;
  temperature?: number;
  stop?: string | string[];
  seed?: number;
  on_disconnect?: 'cancel' | 'continue';
  queue_position?: boolean;
}

/** How a stream is requested and how patiently it is read. Durations are in milliseconds. */
export interface AgnoStreamInit {
  /** POST when there is a body, otherwise GET (of `/api/v1/chat/{id}/stream`). */
  method?: string;
  /** Sent with the first request; all but those that describe the body go with every later one too, so credentials do. */
  headers?: HeadersInit;
  /** Sent again when the first request has to be repeated: anything `fetch` can send twice, so not a stream. */
  body?: string | ArrayBuffer | ArrayBufferView | Blob | null;
  credentials?: RequestCredentials;
  /** The same as `credentials: 'include'`. */
  withCredentials?: boolean;
  /** Closes the stream when it aborts. */
  signal?: AbortSignal;
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch;
  /** The last chunk seen in an earlier life; the stream goes on after it. */
  lastEventId?: string | number;
  /** A random one is made for every POST that has none: the same key twice is one generation with two readers. */
  idempotencyKey?: string;
  /** The wait before the first retry until the stream's own `retry:` line. Default 1,000. Doubles with each failure in a row. */
  retryDelay?: number;
  /** The longest such wait, before up to half of it is added at random. Default 30,000. */
  maxRetryDelay?: number;
  /** The longest `Retry-After` that is waited for; a longer one is an error. Default 120,000. */
  maxRetryAfter?: number;
  /** Failures in a row, without a chunk or a heartbeat between them, before giving up. Default 10. */
  maxRetries?: number;
  /** Silence after which a connection counts as dead; heartbeats come every 15 s. Default 45,000. */
  idleTimeout?: number;
  /** The longest event accepted, in characters. Default 1,048,576. */
  maxEventLength?: number;
}

/** Why a stream could not be started or finished. */
export class AgnoStreamError extends Error {
  readonly name: 'AgnoStreamError';
  /**
   * The `code` of the API's problem details, or one of this module's: `connection_failed`, `connection_lost`,
   * `connection_idle`, `chunk_missing`, `event_too_long`, `not_a_stream`, `http_<status>`.
   */
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** What to name in a report to the operators. */
  readonly requestId: string | null;
  /** Milliseconds the server asked to wait. */
  readonly retryAfter: number | null;
  /** The parsed body of the refusal, if it was JSON. */
  readonly problem: any;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
}

/** The module gave up; nothing follows. */
export interface AgnoErrorEvent extends Event {
  readonly error: AgnoStreamError;
  readonly message: string;
}

/** The connection was lost and is tried again after `delay` milliseconds; nothing is to be done. */
export interface AgnoReconnectingEvent extends Event {
  /** 1 for the first failure in a row. */
  readonly attempt: number;
  readonly delay: number;
  readonly error: AgnoStreamError;
}

export interface AgnoEventSourceEventMap {
  open: Event;
  message: MessageEvent<string>;
  error: AgnoErrorEvent;
  reconnecting: AgnoReconnectingEvent;
  close: Event;
}

/**
 * Shaped like `EventSource`, with a method, headers and a body. It differs on purpose in two ways: it ends by itself
 * after the terminal chunk (event `close`), and `error` means that it gave up; while it reconnects it says `reconnecting`.
 */
export class AgnoEventSource extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSED: 2;

  /** @throws TypeError for a URL or headers that are not valid. */
  constructor(url: string | URL, init?: AgnoStreamInit);

  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  readonly url: string;
  readonly readyState: 0 | 1 | 2;
  readonly withCredentials: boolean;
  /** The stream's id, once the server has named it. */
  readonly streamId: string | null;
  /** The id of the last chunk dispatched; `""` before the first. */
  readonly lastEventId: string;
  /** The key sent with the POST; null until one is known. */
  readonly idempotencyKey: string | null;

  onopen: ((this: AgnoEventSource, event: Event) => unknown) | null;
  onmessage: ((this: AgnoEventSource, event: MessageEvent<string>) => unknown) | null;
  onerror: ((this: AgnoEventSource, event: AgnoErrorEvent) => unknown) | null;
  onreconnecting: ((this: AgnoEventSource, event: AgnoReconnectingEvent) => unknown) | null;
  /** After the terminal chunk, or when the server says that all was delivered (204); not after `close()`. */
  onclose: ((this: AgnoEventSource, event: Event) => unknown) | null;

  /** Stops listening at once, without a further event. The job is left to the API's policy for viewers that left. */
  close(): void;
  /**
   * Cancels the job; the terminal chunk (`finish_reason: "cancelled"`) still arrives as a message.
   * @returns whether there was a job to cancel.
   * @throws AgnoStreamError when the server could not be told.
   */
  cancel(): Promise<boolean>;

  addEventListener<K extends keyof AgnoEventSourceEventMap>(
    type: K, listener: (this: AgnoEventSource, event: AgnoEventSourceEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof AgnoEventSourceEventMap>(
    type: K, listener: (this: AgnoEventSource, event: AgnoEventSourceEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** A stream to loop over, once. */
export interface ChatStream extends AsyncIterable<ChatChunk> {
  readonly url: string;
  readonly streamId: string | null;
  readonly lastEventId: string;
  readonly idempotencyKey: string | null;
  /** Ends the loop without an error. */
  close(): void;
  /** Cancels the job; the loop still yields the terminal chunk. */
  cancel(): Promise<boolean>;
}

/**
 * The chunks of a chat completion, the terminal one included. The request goes out when the loop begins; leaving the
 * loop closes the stream. The loop throws AgnoStreamError when it gives up.
 */
export function streamChat(url: string | URL, init?: AgnoStreamInit): ChatStream;

/** What a part of an event stream completed. */
export type EventStreamItem =
  | { event: string; data: string; id: string | null; retry?: undefined; comment?: undefined }
  | { retry: number; comment?: undefined }
  | { comment: string; retry?: undefined };

/** Reads the text/event-stream format as the HTML standard defines it, however the bytes are cut. */
export class EventStreamParser {
  constructor(options?: { maxEventLength?: number });
  /** @throws AgnoStreamError (`event_too_long`) */
  push(bytes: Uint8Array): Generator<EventStreamItem, void, void>;
}
