/** The node library, and the pins that the server has told of nodes whose properties add some. */
import { create } from "zustand";
import { call } from "../api.ts";
import { type Catalog, catalogOf, EMPTY_CATALOG, pinsKey, pinsOf, type ResolvedPins } from "../model/library.ts";
import type { GraphNode, Library, Pins } from "../model/types.ts";
import { currentDocument } from "./document.ts";

interface CatalogState {
  readonly catalog: Catalog;
  readonly resolved: ResolvedPins;
}

export const useCatalog = create<CatalogState>(() => ({ catalog: EMPTY_CATALOG, resolved: new Map() }));

export const currentCatalog = (): Catalog => useCatalog.getState().catalog;
export const currentResolved = (): ResolvedPins => useCatalog.getState().resolved;

export async function loadLibrary(): Promise<void> {
  useCatalog.setState({ catalog: catalogOf(await call<Library>("GET", "/api/library")) });
}

/** Keeps what the server has told of nodes as they were when it was asked. */
export function learnPins(nodes: ReadonlyMap<string, GraphNode>, pins: Readonly<Record<string, Pins>>): void {
  const told = Object.entries(pins).flatMap(([id, found]) => {
    const node = nodes.get(id);
    return node ? [[pinsKey(node), found] as const] : [];
  });
  const known = currentResolved();
  const fresh = told.filter(([key, found]) => JSON.stringify(known.get(key)) !== JSON.stringify(found));
  if (fresh.length) useCatalog.setState({ resolved: new Map([...known, ...fresh]) });
}

/** The pins of a node, kept current. */
export function usePins(node: GraphNode): Pins {
  return useCatalog(({ catalog, resolved }) => pinsOf(catalog, resolved, node));
}

/** The pins of a node of the current document. */
export function currentPins(id: string): Pins | null {
  const node = currentDocument().nodes.get(id);
  return node ? pinsOf(currentCatalog(), currentResolved(), node) : null;
}
