/** How the document on screen stands to the one on the server. */
import { create } from "zustand";
import { type Document, NO_ABOUT, read } from "../model/document.ts";

export type SavingState = "saved" | "unsaved" | "saving" | "offline" | "failed" | "conflict" | "signed-out" | "newer";

export interface Theirs {
  readonly revision: number;
  readonly updatedAt: string;
  readonly document: Document;
}

interface Saving {
  readonly state: SavingState;
  readonly revision: number;
  /** The document as the server has it at that revision. */
  readonly saved: Document;
  readonly savedAt: number | null;
  /** Why the last save was refused. */
  readonly message: string;
  /** What somebody else has saved meanwhile. */
  readonly theirs: Theirs | null;
  readonly isDeciding: boolean;
  /** False where the browser has no room for the edits. */
  readonly isKept: boolean;
  /** Where mine was saved as a copy, until the person has seen it. */
  readonly copiedTo: string;
}

export const useSaving = create<Saving>(() => ({
  state: "saved",
  revision: 0,
  saved: read({ nodes: [], edges: [] }, NO_ABOUT),
  savedAt: null,
  message: "",
  theirs: null,
  isDeciding: false,
  isKept: true,
  copiedTo: "",
}));
