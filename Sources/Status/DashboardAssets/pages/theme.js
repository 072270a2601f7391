// Before the first paint, so that a chosen theme does not flash: this is why it is not a module.
(function () {
  "use strict";
  try {
    const chosen = localStorage.getItem("wpex.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch (refused) {
    // A browser that keeps nothing follows the system's theme.
  }
})();
