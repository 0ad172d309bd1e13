// Runs before the page is painted: light or dark as was chosen, else as the system asks; and
// what the browser can do.
// A classic script, as a module would wait for the page.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Error pages are the same for everybody: the choice then stands in the cookie only.
  const chosen = root.dataset.theme || (document.cookie.match(/(?:^|; )theme=(light|dark)/) || [])[1];
  function apply() {
    root.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  }
  // What a button needs is known before it is painted, so that none comes or goes.
  root.classList.add("has-js");
  if (navigator.mediaDevices) root.classList.add("has-camera");
  dark.addEventListener("change", apply);
  apply();
})();
