/** Calls of the REST API, with the page's session. */

export interface Meta {
  readonly [name: string]: unknown;
}

/** What the server refused, in its words, or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: unknown;

  constructor(status: number, code: string, message: string, details: unknown = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

interface Options {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Lets a call outlive the page, for the last save. */
  readonly keepalive?: boolean;
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly meta: Meta;
}

let csrfToken = "";

export function useToken(token: string): void {
  csrfToken = token;
}

/** Signing in again, in another window, changes the cookie. */
function currentToken(): string {
  return /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? csrfToken;
}

/** The data of an answer. Raises ApiError. */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  return (await ask<T>(method, path, options)).data;
}

/** The whole answer; `data` is undefined where there is no content. Raises ApiError. */
export async function ask<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await send(method, path, options);
  if (response.status === 204) return { status: 204, data: undefined as T, meta: {} };
  const told = await response.json().catch(() => null);
  if (!response.ok) throw refusal(response, told);
  const isEnvelope = told !== null && typeof told === "object" && "success" in told;
  return { status: response.status, data: isEnvelope ? told.data : told, meta: (isEnvelope && told.meta) || {} };
}

async function send(method: string, path: string, { body, signal, keepalive }: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = currentToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      ...(keepalive && { keepalive }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "OFFLINE", "The server cannot be reached.");
  }
}

function refusal(response: Response, told: { error?: { code?: string; message?: string; details?: unknown } } | null): ApiError {
  const error = told?.error;
  const message = error?.message ?? `The server answered ${response.status}.`;
  return new ApiError(response.status, error?.code ?? "ERROR", message, error?.details);
}
