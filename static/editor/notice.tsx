import { useEffect, useState } from "react";
import { useView } from "./state/view.ts";

const SHOWN_MS = 4_000;

/** A short message under the bar, which screen readers say. */
export function Notice() {
  const notice = useView((view) => view.notice);
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!notice) return;
    setShown(true);
    const timer = setTimeout(() => setShown(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <p className="notice" role="status" data-kind={notice?.kind} data-shown={isShown && notice !== null}>
      {notice?.text}
    </p>
  );
}
