// Virtual DOM: descriptions of elements, and the patching of the page to match them. Unchanged nodes are kept, so that
// focus, selection and scroll position survive updates.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "open", "indeterminate"]);

/**
 * Describes an element.
 *
 * `props`: attributes; `on…` listeners; `key` among siblings; `css`, custom properties and styles set through the CSSOM
 * (the Content-Security-Policy forbids style attributes); `widget`, an object with `create(element, value)` whose
 * result has `update(value)` and `destroy()`, called with `data`: the widget manages the content of such an element.
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: flatten(children) };
}

function flatten(children, into = []) {
  for (const child of children) {
    if (Array.isArray(child)) flatten(child, into);
    else if (child !== null && child !== undefined && child !== false && child !== true && child !== "") {
      into.push(typeof child === "object" ? child : String(child));
    }
  }
  return into;
}

/** Changes the children of `parent` to match `children`. */
export function patch(parent, children) {
  patchChildren(parent, flatten([children]));
}

/** Reuses nodes of the same key, or of the same kind and order without keys; creates, moves and removes the others. */
function patchChildren(parent, wanted) {
  const keyed = new Map();
  const free = [];
  for (const node of [...parent.childNodes]) {
    const key = node.wpexKey;
    if (key === undefined) free.push(node);
    else keyed.set(key, node);
  }
  let next = 0;
  let place = parent.firstChild;
  for (const description of wanted) {
    const key = typeof description === "object" ? description.props.key : undefined;
    let node;
    if (key !== undefined) {
      node = keyed.get(key);
      if (node && isLike(node, description)) keyed.delete(key);
      else node = undefined;
    } else {
      const found = free.findIndex((candidate, index) => index >= next && isLike(candidate, description));
      if (found >= 0) {
        node = free[found];
        for (const skipped of free.splice(next, found - next)) {
          if (skipped === place) place = place.nextSibling;
          drop(skipped);
        }
        next += 1;
      }
    }
    if (node) update(node, description);
    else node = create(description, parent);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of free.slice(next)) drop(node);
  for (const node of keyed.values()) drop(node);
}

/** Whether a node can be updated to match a description. */
function isLike(node, description) {
  if (typeof description === "string") return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && node.localName === description.tag && node.wpexKey === description.props.key
    && node.wpexWidget?.kind === description.props.widget;
}

function drop(node) {
  for (const element of node.nodeType === Node.ELEMENT_NODE ? [node, ...node.querySelectorAll("*")] : []) {
    element.wpexWidget?.instance.destroy();
  }
  node.remove();
}

function create(description, parent) {
  if (typeof description === "string") return document.createTextNode(description);
  const isSVG = description.tag === "svg" || (parent.namespaceURI === SVG && parent.localName !== "foreignObject");
  const element = isSVG ? document.createElementNS(SVG, description.tag) : document.createElement(description.tag);
  element.wpexKey = description.props.key;
  element.wpexProps = {};
  update(element, description);
  return element;
}

function update(node, description) {
  if (typeof description === "string") {
    if (node.data !== description) node.data = description;
    return;
  }
  const { props, children } = description;
  const before = node.wpexProps ?? {};
  if (props.widget) {
    setProps(node, before, props);
    if (node.wpexWidget) node.wpexWidget.instance.update(props.data);
    else node.wpexWidget = { kind: props.widget, instance: props.widget.create(node, props.data) };
  } else {
    // Children first: the value of a select must be one of its options.
    patchChildren(node, children);
    setProps(node, before, props);
  }
  node.wpexProps = props;
}

function setProps(element, before, after) {
  for (const name of Object.keys(before)) {
    if (!(name in after)) setProp(element, name, before[name], undefined);
  }
  for (const [name, value] of Object.entries(after)) setProp(element, name, before[name], value);
}

function setProp(element, name, before, after) {
  if (name === "key" || name === "widget" || name === "data") return;
  if (name.startsWith("on")) {
    if (before === after) return;
    if (before) element.removeEventListener(name.slice(2), before);
    if (after) element.addEventListener(name.slice(2), after);
  } else if (name === "css") {
    for (const style of Object.keys(before ?? {})) if (!(style in (after ?? {}))) element.style.removeProperty(style);
    for (const [style, value] of Object.entries(after ?? {})) element.style.setProperty(style, value);
  } else if (PROPERTIES.has(name)) {
    // Do not overwrite text while the user types.
    if (before !== after && !(name === "value" && element === document.activeElement)) element[name] = after ?? "";
  } else if (before !== after) {
    if (after === undefined || after === null || after === false) element.removeAttribute(name);
    else element.setAttribute(name, after === true ? "" : String(after));
  }
}
