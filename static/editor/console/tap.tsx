import { useEffect, useState } from "react";
import { boot } from "../boot.ts";
import { Icon } from "../icon.tsx";
import type { Json } from "../model/types.ts";
import { copyText } from "../copy.ts";
import { clock, countdown } from "./format.ts";
import { reason } from "./runs.ts";
import { type Captured, readTap, setTap, type Tap } from "./sample.ts";

const LOOK_MS = 1_000;
const ARMED_MS = 120_000;

/** Tap mode: the next requests to the webhook are caught, and the newest is the event to run with. Ends when closed. */
export function TapView({ onRequest }: { readonly onRequest: (event: Json) => void }) {
  const { tap, leftMs, error, arm } = useTap(onRequest);
  const url = tap?.webhookUrl || boot.webhookUrl;
  return (
    <section className="tap" aria-label="Listen for a request">
      <p role="status">
        {error ? <span className="bad-text">{error}</span> : leftMs > 0 ? <><i className="dot status-running" /> Waiting for requests, for <span className="number">{countdown(leftMs)}</span> more. Also requests to a deployed pattern are caught, and start no run.</> : tap ? "No longer listening." : "…"}
        {(leftMs <= 0 || error) && <> <button type="button" className="button small" onClick={arm}>Listen again</button></>}
      </p>
      <CopyLine label="Address of the webhook" text={url} />
      <CopyLine label="A request by curl" text={`curl -X POST -H 'Content-Type: application/json' -d '{"hello": "world"}' ${url}`} />
      {tap && tap.captured.length > 0 && (
        <ul className="tap-requests" aria-label="Requests that came">
          {tap.captured.map((request) => <li key={request.id}><button type="button" className="link" onClick={() => onRequest(request.event)}>{described(request)}</button></li>)}
        </ul>
      )}
    </section>
  );
}

function CopyLine({ label, text }: { readonly label: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await copyText(text));
    setTimeout(() => setCopied(false), 1_800);
  };
  return (
    <div className="tap-line">
      <code tabIndex={0} aria-label={label}>{text}</code>
      <button type="button" className="button small" aria-label={`Copy: ${label}`} onClick={() => void copy()}><Icon name={isCopied ? "check" : "copy"} size={14} /> {isCopied ? "Copied" : "Copy"}</button>
    </div>
  );
}

function described({ receivedAt, event }: Captured): string {
  const method = event !== null && typeof event === "object" && !Array.isArray(event) ? String(event.method ?? "") : "";
  return `${clock(receivedAt)} ${method} request`;
}

function useTap(onRequest: (event: Json) => void) {
  const [tap, setState] = useState<Tap | null>(null);
  const [error, setError] = useState("");
  const [leftMs, setLeft] = useState(0);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isGone = false;
    let until = 0;
    let newest: string | undefined;
    const told = (now: Tap) => {
      if (isGone) return;
      setState(now);
      setError("");
      if (!now.armedUntil) until = 0;
      const [latest] = now.captured;
      if (latest && latest.id !== newest) onRequest(latest.event);
      newest = latest?.id;
    };
    const failed = (refused: unknown) => isGone || setError(`It cannot listen: ${reason(refused)}`);
    const disarm = () => void setTap(false, true).catch(() => {}); // it ends by itself after two minutes
    setTap(true).then((now) => {
      until = Date.now() + ARMED_MS; // by this computer's clock, which may not be the server's
      told({ ...now, captured: [] });
    }, failed);
    const timer = setInterval(() => {
      setLeft(Math.max(0, until - Date.now()));
      if (until > Date.now()) readTap().then(told, failed);
    }, LOOK_MS);
    window.addEventListener("pagehide", disarm);
    return () => {
      isGone = true;
      clearInterval(timer);
      window.removeEventListener("pagehide", disarm);
      disarm();
    };
  }, [round]);
  return { tap, leftMs, error, arm: () => setRound(round + 1) };
}
