// Runs before the page is painted: light or dark as the system asks, and as it changes.
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
  }
  document.documentElement.classList.add("has-js");
  dark.addEventListener("change", apply);
  apply();
})();
