export interface ResumingFetchOptions {
  fetch?: typeof fetch;
  /** Tries without a new event between them; default 5. */
  attempts?: number;
  /** Milliseconds before each; default 500. */
  delay?: number;
}

/** A fetch for OpenAI SDKs that continues a stream whose connection was cut. */
export function resumingFetch(options?: ResumingFetchOptions): typeof fetch;
