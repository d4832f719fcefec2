import { parseTyped, typedText } from "../model/typed.ts";
import type { Json, PinType } from "../model/types.ts";
import { useTypedText } from "./typed-text.ts";
import { CasesControl } from "./cases.tsx";
import { CodeField } from "./code-field.tsx";
import { ChoiceControl, type ControlProps, SwitchControl, TextControl } from "./controls.tsx";
import { ConnectionControl } from "./connection-picker.tsx";
import { CronControl } from "./cron.tsx";
import { EnvironmentNameControl } from "./environment-names.tsx";
import { KeyValuesControl } from "./key-values.tsx";
import { PatternControl, PatternsControl } from "./pattern-picker.tsx";
import { PinsControl } from "./pins.tsx";
import { VariableControl } from "./variable-picker.tsx";
import { ZoneControl } from "./zones.tsx";

export interface Shape {
  readonly name: string;
  readonly label: string;
  readonly type: PinType;
  readonly choices: readonly string[];
  readonly default: Json;
  readonly editor: string;
}

/** The control that fits a value: by the editor that the library names, else by its type. */
export function ValueControl({ shape, ...props }: ControlProps & { readonly shape: Shape }) {
  const special = SPECIAL[shape.editor];
  if (special) return special(shape, props);
  if (shape.choices.length && (props.value === undefined || shape.choices.includes(String(props.value)))) return <ChoiceControl {...props} choices={shape.choices} />;
  if (shape.type === "Boolean" && typeof props.value !== "string") return <SwitchControl {...props} />;
  if (isStructured(shape, props.value)) return <JsonControl shape={shape} {...props} />;
  if (shape.type === "Any" && typeof shape.default === "number") return <TypedControl shape={{ ...shape, type: "Integer" }} {...props} />;
  return <TypedControl shape={shape} {...props} />;
}

type Control = (shape: Shape, props: ControlProps) => React.ReactNode;

const SPECIAL: Readonly<Record<string, Control>> = {
  code: (shape, { value, isReadOnly, onChange }) => <CodeField label={shape.label} text={typedText(value)} language="python" isReadOnly={isReadOnly} onChange={onChange} />,
  json: (shape, { value, isReadOnly, onChange }) => <CodeField label={shape.label} text={typedText(value)} language="json" isReadOnly={isReadOnly} onChange={onChange} />,
  cron: (_, props) => <CronControl {...props} />,
  timeZone: (_, props) => <ZoneControl {...props} />,
  pattern: (_, props) => <PatternControl {...props} />,
  patterns: (_, props) => <PatternsControl {...props} />,
  pins: (_, props) => <PinsControl {...props} />,
  cases: (_, props) => <CasesControl {...props} />,
  keyValue: (shape, props) => <KeyValuesControl shape={shape} {...props} />,
  connection: (_, props) => <ConnectionControl {...props} />,
  environment: (_, props) => <EnvironmentNameControl {...props} kind="variables" />,
  secret: (_, props) => <EnvironmentNameControl {...props} kind="secrets" />,
  variable: (_, props) => <VariableControl {...props} />,
};

export function TypedControl({ shape, value, onChange, ...props }: ControlProps & { readonly shape: Shape }) {
  const [text, change] = useTypedText(value ?? undefined, (typed) => parseTyped(shape.type, typed), onChange);
  return <TextControl {...props} value={text} onChange={(typed) => change(String(typed))} />;
}

export function JsonControl({ shape, value, isReadOnly, onChange }: ControlProps & { readonly shape: Shape }) {
  const type = shape.type === "Any" ? "Object" : shape.type;
  const [text, change] = useTypedText(value, (typed) => parseTyped(type, typed), onChange);
  return <CodeField label={shape.label} text={text} language="json" isReadOnly={isReadOnly} onChange={change} />;
}

function isStructured(shape: Shape, value: Json | undefined): boolean {
  return shape.type === "Object" || shape.type === "Array" || (shape.type === "Any" && value !== null && typeof value === "object");
}
