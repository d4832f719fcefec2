import { useEffect, useState } from "react";
import { ApiError, call } from "../api.ts";

export interface Asked<T> {
  readonly data: T | null;
  readonly error: string;
}

/** What the server answers to a GET, a moment after the address has come to rest; nothing for an empty one. */
export function useAsked<T>(path: string, pauseMs = 250): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ data: null, error: "" });
  useEffect(() => {
    if (!path) return setAsked({ data: null, error: "" });
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call<T>("GET", path, { signal: abort.signal }).then(
        (data) => setAsked({ data, error: "" }),
        (error: unknown) => error instanceof ApiError && setAsked({ data: null, error: error.message }),
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path, pauseMs]);
  return asked;
}
