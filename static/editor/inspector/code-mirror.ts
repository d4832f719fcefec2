/** CodeMirror as a plain function; loaded when the first field needs it. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { bracketMatching, defaultHighlightStyle, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export type Language = "json" | "python";

export interface Field {
  setText(text: string): void;
  focus(): void;
  destroy(): void;
}

interface Options {
  readonly text: string;
  readonly language: Language;
  readonly label: string;
  readonly nonce: string;
  readonly isReadOnly: boolean;
  readonly isLarge: boolean;
  readonly onChange: (text: string) => void;
}

export function makeField(parent: HTMLElement, options: Options): Field {
  let isSetting = false;
  const listener = EditorView.updateListener.of((update) => {
    if (update.docChanged && !isSetting) options.onChange(update.state.doc.toString());
  });
  const view = new EditorView({ parent, state: EditorState.create({ doc: options.text, extensions: [...extensions(options), listener] }) });
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return;
      isSetting = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      isSetting = false;
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function extensions({ language, label, nonce, isReadOnly, isLarge }: Options): Extension[] {
  return [
    EditorView.cspNonce.of(nonce),
    EditorView.contentAttributes.of({ "aria-label": label }),
    EditorView.lineWrapping,
    EditorView.domEventHandlers({ beforeinput: typeOver }),
    EditorState.readOnly.of(isReadOnly),
    history(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    indentOnInput(),
    syntaxHighlighting(HIGHLIGHT),
    syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
    language === "json" ? [json(), linter(jsonFaults)] : python(),
    isLarge ? [lineNumbers(), foldGutter(), highlightActiveLine()] : [],
    THEME,
    // Tab indents; Escape and then Tab goes on to the next field.
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, ...(isLarge ? [indentWithTab] : [])]),
  ];
}

/**
 * Types over what is selected. Left to itself the browser keeps the look of what it replaces in a style attribute, which
 * the security policy blocks and the console reports.
 */
function typeOver(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main;
  const text = event.data;
  if (event.inputType !== "insertText" || !text || empty || view.composing || view.state.readOnly) return false;
  event.preventDefault();
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
  return true;
}

/** Texts with an expression in place of a value are not JSON yet, and may become it. */
function jsonFaults(view: EditorView) {
  const text = view.state.doc.toString();
  return text.trim() === "" || text.includes("{{") ? [] : jsonParseLinter()(view);
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.variableName)], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--type-string)" },
  { tag: [tags.number], color: "var(--type-number)" },
  { tag: [tags.bool, tags.null], color: "var(--type-boolean)" },
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--type-array)" },
  { tag: [tags.comment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName)], color: "var(--type-object)" },
]);

const THEME = EditorView.theme({
  "&": { fontSize: "12.5px", backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--edge)", borderRadius: "6px", overflow: "hidden" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection": { backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)" },
});
