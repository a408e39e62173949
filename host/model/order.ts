/**
 * Execution order of a directed graph with cycles: sources first wherever the graph allows it. Only edges inside a
 * strongly connected component can point backwards; those close a cycle and act one step later.
 */
import { at } from "./at.ts";

export type Arc = { readonly source: number; readonly target: number };

/** @returns every node 0 … n−1 once */
export function sourcesFirst(n: number, arcs: readonly Arc[]): readonly number[] {
  const targets: number[][] = Array.from({ length: n }, () => []);
  for (const { source, target } of arcs) if (source !== target) at(targets, source).push(target);
  const component = components(n, targets);
  const members = new Map<number, number[]>();
  for (let k = 0; k < n; k++) {
    const id = at(component, k);
    members.set(id, [...(members.get(id) ?? []), k]);
  }
  const entered = new Set<number>();
  for (const { source, target } of arcs) {
    if (component[source] !== component[target]) entered.add(target);
  }
  // Tarjan numbers components in reverse topological order
  const ids = [...members.keys()].sort((a, b) => b - a);
  return ids.flatMap((id) => orderCycle(members.get(id) ?? [], targets, entered));
}

/** Kahn's algorithm inside one component; where a cycle blocks it, a node that is fed from outside goes first. */
function orderCycle(
  nodes: readonly number[],
  targets: readonly (readonly number[])[],
  entered: ReadonlySet<number>,
): number[] {
  if (nodes.length === 1) return [...nodes];
  const inside = new Set(nodes);
  const waiting = new Map(nodes.map((node) => [node, 0]));
  for (const node of nodes) {
    for (const t of at(targets, node)) if (inside.has(t)) waiting.set(t, (waiting.get(t) ?? 0) + 1);
  }
  const reached = new Set(nodes.filter((node) => entered.has(node)));
  const ready: number[] = [];
  const order: number[] = [];
  while (inside.size > 0) {
    const left = [...inside];
    const next = ready.shift() ?? left.find((node) => reached.has(node)) ?? at(left, 0);
    if (!inside.delete(next)) continue;
    order.push(next);
    for (const t of at(targets, next)) {
      if (!inside.has(t)) continue;
      reached.add(t);
      const open = (waiting.get(t) ?? 0) - 1;
      waiting.set(t, open);
      if (open === 0) ready.push(t);
    }
  }
  return order;
}

/** Tarjan's strongly connected components, without recursion. Returns a component number for each node. */
function components(n: number, targets: readonly (readonly number[])[]): Int32Array {
  const number = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const component = new Int32Array(n).fill(-1);
  const stack: number[] = [];
  let visited = 0;
  let found = 0;
  for (let root = 0; root < n; root++) {
    if (number[root] !== -1) continue;
    const path: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (path.length > 0) {
      const top = at(path, path.length - 1);
      const { node } = top;
      if (top.next === 0) {
        number[node] = low[node] = visited++;
        stack.push(node);
      }
      const target = at(targets, node)[top.next];
      if (target !== undefined) {
        top.next += 1;
        if (number[target] === -1) path.push({ node: target, next: 0 });
        else if (component[target] === -1) low[node] = Math.min(at(low, node), at(number, target));
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent) low[parent.node] = Math.min(at(low, parent.node), at(low, node));
      if (low[node] !== number[node]) continue;
      for (;;) {
        const member = stack.pop() ?? node;
        component[member] = found;
        if (member === node) break;
      }
      found += 1;
    }
  }
  return component;
}
