// Runs before the first paint, so that the chosen theme does not flash; for that it must not be a module.
(function () {
  "use strict";
  try {
    const chosen = localStorage.getItem("wpex.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch (refused) {
    // Without storage, the system's theme applies.
  }
})();
