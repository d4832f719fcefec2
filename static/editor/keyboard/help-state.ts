import { create } from "zustand";

export const useHelp = create<{ readonly isOpen: boolean }>(() => ({ isOpen: false }));

export function openHelp(): void {
  useHelp.setState({ isOpen: true });
}
