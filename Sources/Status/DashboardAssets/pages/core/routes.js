// Routes: the view for each path. The server returns the same document for all of these paths (StatusPages.isPage).

const view = (name) => () => import(`../views/${name}.js`);

/**
 * Routes in the order of the navigation; those that appear there have an `icon`, and `needs` if a permission is
 * required.
 */
export const ROUTES = [
  { path: "/", name: "overview", load: view("overview"), icon: "gauge", key: "o" },
  { path: "/relays", name: "relays", load: view("relays"), icon: "relay", needs: "relays:read", key: "r" },
  { path: "/keys", name: "keys", load: view("keys"), icon: "key", needs: "relays:read", key: "k" },
  { path: "/orgs", name: "orgs", load: view("orgs"), icon: "building", needs: "orgs:read", key: "n" },
  { path: "/users", name: "users", load: view("users"), icon: "users", needs: "users:read", key: "u" },
  { path: "/topology", name: "topology", load: view("topology"), icon: "map", needs: "metrics:read", key: "t" },
  { path: "/alerts", name: "alerts", load: view("alerts"), icon: "bell", needs: "metrics:read", key: "l" },
  { path: "/audit", name: "audit", load: view("audit"), icon: "list", needs: "audit:read", key: "a" },
  { path: "/sync", name: "sync", load: view("sync"), icon: "sync", needs: "relays:read", key: "s" },
  { path: "/relays/:org/:name", name: "relay", load: view("relay"), needs: "relays:read", under: "relays" },
  { path: "/keys/:org/:name", name: "key", load: view("key"), needs: "relays:read", under: "keys" },
  { path: "/orgs/:org", name: "org", load: view("org"), needs: "orgs:read", under: "orgs" },
  { path: "/roles", name: "roles", load: view("roles"), needs: "users:read", under: "users" },
  { path: "/account", name: "account", load: view("account") },
  { path: "/login", name: "login", load: view("login"), isOpen: true },
];

const NOT_FOUND = { path: "", name: "missing", load: view("missing") };

function match(pattern, path) {
  const expected = pattern.split("/");
  const given = path.split("/");
  if (expected.length !== given.length) return undefined;
  const parameters = {};
  for (const [index, part] of expected.entries()) {
    if (part.startsWith(":")) {
      try {
        parameters[part.slice(1)] = decodeURIComponent(given[index]);
      } catch {
        return undefined;
      }
      if (!given[index]) return undefined;
    } else if (part !== given[index]) return undefined;
  }
  return parameters;
}

/** The route for a path, with its parameters. */
export function routeOf(path) {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
  for (const route of ROUTES) {
    const parameters = match(route.path, trimmed);
    if (parameters) return { route, parameters };
  }
  return { route: NOT_FOUND, parameters: {} };
}

/** Joins parts into a path, and encodes them. */
export function to(...parts) {
  return `/${parts.map(encodeURIComponent).join("/")}`;
}
