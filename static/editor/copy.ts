/** Texts into the clipboard. */
import { say } from "./state/view.ts";

/** Whether the text is on the clipboard; pages without HTTPS, other than localhost, have no clipboard API. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

function copyByHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  return isDone;
}

/** Puts a text into the clipboard, and says so. */
export async function copyAndSay(text: string, what: string): Promise<void> {
  if (await copyText(text)) say(`Copied ${what}.`);
  else say("The browser does not let this page copy. Select the text and copy it yourself.", "error");
}
