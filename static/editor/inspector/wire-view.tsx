import { Icon } from "../icon.tsx";
import { remove, reorderWire } from "../model/commands.ts";
import type { PinRef, Wire } from "../model/types.ts";
import { pinAt } from "../model/wiring.ts";
import { camera } from "../state/camera.ts";
import { useCatalog } from "../state/catalog.ts";
import { useWireProblems } from "../state/checks.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { Problems } from "./node-view.tsx";

export function WireView({ wire }: { readonly wire: Wire }) {
  const { document, isReadOnly } = useDocument();
  const { catalog, resolved } = useCatalog();
  const problems = useWireProblems(wire.id);
  const [from, to] = endsOf(wire).map((ref) => pinAt(document, catalog, resolved, ref)?.type ?? "gone");
  const siblings = document.wires.filter((w) => w.source === wire.source && w.sourceHandle === wire.sourceHandle);
  const place = siblings.indexOf(wire);
  return (
    <>
      <header className="inspector-head"><h2>Wire</h2></header>
      <Problems problems={problems} />
      <section>
        <p><End node={wire.source} pin={wire.sourceHandle} /> <span className={`type-name pin-${from}`}>{from}</span></p>
        <p>→ <End node={wire.target} pin={wire.targetHandle} /> <span className={`type-name pin-${to}`}>{to}</span></p>
        {from !== to && <p className="hint">The value is converted on its way.</p>}
      </section>
      {from === "Exec" && siblings.length > 1 && (
        <section>
          <p>Runs as {place + 1} of {siblings.length} wires from this pin.</p>
          {!isReadOnly && <div className="actions"><button type="button" className="button small" disabled={place === 0} onClick={() => edit(reorderWire(currentDocument(), wire.id, -1))}>Earlier</button><button type="button" className="button small" disabled={place === siblings.length - 1} onClick={() => edit(reorderWire(currentDocument(), wire.id, 1))}>Later</button></div>}
        </section>
      )}
      {!isReadOnly && <section><button type="button" className="button small" onClick={() => edit(remove(currentDocument(), [], [wire.id]))}><Icon name="trash" size={14} /> Remove the wire</button></section>}
    </>
  );
}

function End({ node, pin }: { readonly node: string; readonly pin: string }) {
  const label = useDocument(({ document }) => document.nodes.get(node)?.data.label ?? node);
  return <><button type="button" className="link" onClick={() => camera().reveal([node])}>{label}</button> · {pin}</>;
}

function endsOf(wire: Wire): [PinRef, PinRef] {
  return [
    { node: wire.source, pin: wire.sourceHandle, side: "output" },
    { node: wire.target, pin: wire.targetHandle, side: "input" },
  ];
}
