// Drawing of the topology: d3-force computes the positions, d3-zoom moves the view.

import { iconPath } from "./icons.js";
import { iconOf, tone } from "./status.js";

const SVG = "http://www.w3.org/2000/svg";
/** Steps of the simulation, enough for it to settle. */
const STEPS = 260;
/** Steps in one batch; the page stays responsive between batches. */
const AT_ONCE = 20;

let loading;

/** Loads d3, a script that sets a global. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/d3.js", import.meta.url).href;
    script.onload = () => resolve(globalThis.d3);
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error("d3 was not loaded"));
    };
    document.head.append(script);
  });
  return loading;
}

/** Creates an SVG element. */
function make(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Scale from which keys have labels; below it, only relays and the chosen node do. */
const NAMES_FROM = 0.85;
const RADIUS = { relay: 15, key: 9, org: 20 };

/** Widget (see dom.js). `data` has `nodes`, `edges`, the `chosen` id, `describe(node)`, `choose(id)` and `words`. */
export const MAP = {
  create(element, data) {
    const drawing = new Drawing(element, data);
    return { update: (next) => drawing.update(next), destroy: () => drawing.destroy() };
  },
};

/** The state of a drawing: positions, drawn elements and the view. */
class Drawing {
  constructor(element, data) {
    this.element = element;
    this.data = data;
    this.places = new Map();
    this.drawnNodes = new Map();
    this.edges = make("g", {});
    this.nodes = make("g", {});
    this.scene = make("g", {}, this.edges, this.nodes);
    this.svg = make("svg", { class: "map-canvas", role: "group", "aria-label": data.words.map }, this.scene);
    this.svg.addEventListener("keydown", (event) => this.onkeydown(event));
    element.append(this.svg, this.tools());
    library().then((d3) => this.begin(d3), () => { element.textContent = data.words.unavailable; });
  }

  begin(d3) {
    if (this.isGone) return;
    this.d3 = d3;
    this.view = d3.zoom().scaleExtent([0.15, 4]).on("zoom", () => {
      this.scene.setAttribute("transform", d3.event.transform);
      this.svg.classList.toggle("is-far", d3.event.transform.k < NAMES_FROM);
    });
    d3.select(this.svg).call(this.view).on("dblclick.zoom", null);
    this.layOut();
  }

  tools() {
    const { words } = this.data;
    const tools = document.createElement("div");
    tools.className = "map-tools";
    for (const [name, label, act] of [["plus", words.closer, () => this.zoom(1.4)], ["minus", words.wider, () => this.zoom(1 / 1.4)], ["fit", words.fit, () => this.fit()]]) {
      const button = document.createElement("button");
      Object.assign(button, { className: "icon-button", type: "button", title: label, onclick: act });
      button.setAttribute("aria-label", label);
      button.append(make("svg", { viewBox: "0 0 20 20", width: 18, height: 18, fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round", "aria-hidden": "true" }, make("path", { d: iconPath(name) })));
      tools.append(button);
    }
    return tools;
  }

  zoom(factor) {
    if (this.d3) this.view.scaleBy(this.d3.select(this.svg), factor);
  }

  update(data) {
    const before = this.shapeOf(this.data);
    this.data = data;
    if (!this.d3) return;
    if (this.shapeOf(data) !== before) this.layOut();
    else if (this.isLaidOut) this.draw();
  }

  /** Key of the layout: positions are computed again only if nodes or edges change, not their states. */
  shapeOf({ nodes, edges }) {
    return nodes.map((node) => node.id).join() + edges.map((edge) => `${edge.from}${edge.to}`).join();
  }

  layOut() {
    const { d3 } = this;
    const { nodes, edges } = this.data;
    cancelAnimationFrame(this.frame);
    // Updates that arrive before there are positions are drawn together with them.
    this.isLaidOut = false;
    const orgs = [...new Set(nodes.map((node) => node.org))];
    const circle = 46 * Math.sqrt(nodes.length);
    const centre = new Map(orgs.map((org, index) => [org, {
      x: orgs.length === 1 ? 0 : circle * Math.cos((index / orgs.length) * 2 * Math.PI), y: orgs.length === 1 ? 0 : 0.62 * circle * Math.sin((index / orgs.length) * 2 * Math.PI),
    }]));
    const bodies = nodes.map((node) => ({ id: node.id, kind: node.kind, org: node.org, ...this.places.get(node.id) }));
    const joints = edges.map((edge) => ({ source: edge.from, target: edge.to }));
    const simulation = d3.forceSimulation(bodies).stop()
      .force("link", d3.forceLink(joints).id((body) => body.id).distance(78).strength(0.4))
      .force("charge", d3.forceManyBody().strength(-330).distanceMax(460))
      .force("collide", d3.forceCollide((body) => RADIUS[body.kind] + 20))
      .force("x", d3.forceX((body) => centre.get(body.org).x).strength(0.09))
      .force("y", d3.forceY((body) => centre.get(body.org).y).strength(0.11));
    let step = 0;
    const go = () => {
      for (let count = 0; count < AT_ONCE && step < STEPS; count += 1, step += 1) simulation.tick();
      if (step < STEPS) {
        this.frame = requestAnimationFrame(go);
        return;
      }
      this.places = new Map(bodies.map((body) => [body.id, { x: body.x, y: body.y }]));
      this.isLaidOut = true;
      this.draw();
      this.fit();
      this.element.dataset.ready = "true";
    };
    go();
  }

  draw() {
    const { nodes, edges, chosen } = this.data;
    const near = new Set(chosen ? [chosen] : []);
    this.edges.replaceChildren(...edges.map((edge) => {
      const [from, to] = [this.places.get(edge.from), this.places.get(edge.to)];
      const isNear = edge.from === chosen || edge.to === chosen;
      if (isNear) near.add(edge.from).add(edge.to);
      return make("line", { class: `edge ${tone("edge", edge.state)}${isNear ? " is-near" : ""}`, x1: from.x, y1: from.y, x2: to.x, y2: to.y });
    }));
    this.element.classList.toggle("is-focused", chosen !== undefined);
    const gone = new Set(this.drawnNodes.keys());
    for (const node of nodes) {
      gone.delete(node.id);
      this.drawNode(node, near.has(node.id));
    }
    for (const id of gone) {
      this.drawnNodes.get(id).remove();
      this.drawnNodes.delete(id);
    }
    // Roving tabindex: one node is in the page's tab order, and arrow keys move between nodes.
    const current = this.drawnNodes.get(chosen) ?? this.drawnNodes.get(this.current) ?? this.drawnNodes.values().next().value;
    for (const group of this.drawnNodes.values()) group.setAttribute("tabindex", group === current ? "0" : "-1");
  }

  drawNode(node, isNear) {
    let group = this.drawnNodes.get(node.id);
    if (!group) {
      group = make("g", { role: "button" });
      group.addEventListener("click", () => this.data.choose(this.data.chosen === node.id ? null : node.id));
      this.nodes.append(group);
      this.drawnNodes.set(node.id, group);
    }
    const { x, y } = this.places.get(node.id);
    const radius = RADIUS[node.kind];
    const size = radius * 1.1;
    const kind = tone("grade", node.status);
    group.dataset.id = node.id;
    group.setAttribute("class", `node is-${node.kind} ${kind}${isNear ? " is-near" : ""}`);
    group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    group.setAttribute("aria-label", this.data.describe(node));
    group.setAttribute("aria-pressed", String(this.data.chosen === node.id));
    const shape = node.kind === "key"
      ? make("circle", { class: "shape", r: radius })
      : make("rect", { class: "shape", x: -radius, y: -radius, width: 2 * radius, height: 2 * radius, rx: node.kind === "org" ? 10 : 5 });
    const glyph = make("path", { class: "glyph", d: iconPath(iconOf("grade", node.status)), transform: `translate(${-size / 2} ${-size / 2}) scale(${size / 20})` });
    const text = make("text", { y: radius + 15 });
    text.textContent = node.label.length > 22 ? `${node.label.slice(0, 21)}…` : node.label;
    group.replaceChildren(shape, glyph, text);
  }

  /** Moves and scales the view to show all nodes. */
  fit() {
    const { width, height } = this.svg.getBoundingClientRect();
    const points = [...this.places.values()];
    if (!this.d3 || points.length === 0 || width === 0) return;
    const [left, right] = [Math.min(...points.map((point) => point.x)) - 70, Math.max(...points.map((point) => point.x)) + 70];
    const [top, bottom] = [Math.min(...points.map((point) => point.y)) - 40, Math.max(...points.map((point) => point.y)) + 50];
    const scale = Math.min(1.3, width / (right - left), height / (bottom - top));
    this.view.transform(this.d3.select(this.svg), this.d3.zoomIdentity.translate(width / 2, height / 2).scale(scale).translate(-(left + right) / 2, -(top + bottom) / 2));
  }

  onkeydown(event) {
    const id = event.target.closest?.(".node")?.dataset.id;
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (id && direction) this.focus(this.nearest(id, direction));
    else if (id && (event.key === "Enter" || event.key === " ")) this.data.choose(this.data.chosen === id ? null : id);
    else if (event.key === "Escape" && this.data.chosen) this.data.choose(null);
    else if (event.key === "+") this.zoom(1.4);
    else if (event.key === "-") this.zoom(1 / 1.4);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  nearest(id, [right, down]) {
    const from = this.places.get(id);
    let best;
    for (const [other, place] of this.places) {
      const along = (place.x - from.x) * right + (place.y - from.y) * down;
      if (other === id || along <= 0) continue;
      const across = Math.abs((place.x - from.x) * down) + Math.abs((place.y - from.y) * right);
      const cost = along + 2 * across;
      if (!best || cost < best.cost) best = { id: other, cost };
    }
    return best?.id;
  }

  focus(id) {
    const group = this.drawnNodes.get(id);
    if (!group) return;
    this.current = id;
    for (const other of this.drawnNodes.values()) other.setAttribute("tabindex", other === group ? "0" : "-1");
    group.focus({ preventScroll: true });
    const { x, y } = this.places.get(id);
    const seen = this.d3.zoomTransform(this.svg).apply([x, y]);
    const { width, height } = this.svg.getBoundingClientRect();
    if (seen[0] < 30 || seen[1] < 30 || seen[0] > width - 30 || seen[1] > height - 40) this.view.translateTo(this.d3.select(this.svg), x, y);
  }

  destroy() {
    this.isGone = true;
    cancelAnimationFrame(this.frame);
  }
}
