// Selection of the topology's nodes and edges: filters, and collapsed organizations.

const hasSessions = (relay, show) => (show === "up" ? relay.connected > 0 : relay.connected !== null && relay.connected < relay.keys);

/**
 * - `region`: only its relays, and the keys that they know.
 * - `show`: `up` or `down`: only edges of that state, and their nodes.
 * - `collapsed`: names of organizations that are drawn as one node.
 */
export function drawn(topology, { region, show, collapsed }) {
  const wanted = new Map();
  for (const node of topology.nodes) {
    if (node.kind === "relay" && region && !node.region.split(", ").includes(region)) continue;
    wanted.set(node.id, node);
  }
  let edges = topology.edges.filter((edge) => wanted.has(edge.from) && wanted.has(edge.to) && (!show || edge.state === show));
  const joined = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
  for (const [id, node] of wanted) {
    if (joined.has(id)) continue;
    // In large topologies keys are not listed; a relay's own counters say whether it has such sessions.
    const isShown = node.kind === "relay" ? !show || (topology.collapsed && hasSessions(node, show)) : !region && !show;
    if (!isShown) wanted.delete(id);
  }
  const orgs = [...new Set(topology.nodes.map((node) => node.org).filter(Boolean))].sort()
    .map((name) => ({ name, isCollapsed: collapsed.has(name) }));
  const nodes = [];
  const together = new Map();
  for (const node of wanted.values()) {
    if (!collapsed.has(node.org) || node.kind === "org") {
      nodes.push(node);
      continue;
    }
    const id = `org:${node.org}`;
    if (!together.has(id)) together.set(id, { id, kind: "org", org: node.org, name: node.org, label: node.org, region: null, status: "unknown", relays: 0 });
    if (node.kind === "relay") together.get(id).relays += 1;
  }
  const known = new Set(nodes.map((node) => node.id));
  nodes.push(...[...together.values()].filter((node) => !known.has(node.id)));
  const all = new Set(nodes.map((node) => node.id));
  edges = edges.filter((edge) => all.has(edge.from) && all.has(edge.to));
  return { nodes, edges, orgs };
}
