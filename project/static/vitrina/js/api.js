"use strict";

// The page on which requests are tried is Swagger UI, which is large: it comes when it is asked for.
const place = document.getElementById("swagger-ui");
const button = document.querySelector("[data-reference-open]");
const failed = document.querySelector("[data-reference-failed]");
const root = document.documentElement;

// Dark where the site is dark: this is the class that Swagger UI looks for.
function follow() {
  root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
}

function load(name, from) {
  return new Promise((done, broken) => {
    const one = document.createElement(name);
    if (name === "link") one.rel = "stylesheet";
    one[name === "link" ? "href" : "src"] = from;
    one.addEventListener("load", done);
    one.addEventListener("error", broken);
    document.head.append(one);
  });
}

// What those who cannot see, or use no mouse, miss in Swagger UI.
function mend() {
  for (const field of place.querySelectorAll("select:not([aria-label]), [type=file]:not([aria-label])")) {
    const row = field.closest("tr[data-param-name], tr[data-property-name]");
    field.setAttribute("aria-label", row?.dataset.paramName || row?.dataset.propertyName || "Choice");
  }
  for (const code of place.querySelectorAll(".microlight:not([tabindex])")) code.tabIndex = 0;
  for (const [kind, level] of [["h3.opblock-tag", 2], ["h4.opblock-title", 3], [".models h4", 2]]) {
    for (const one of place.querySelectorAll(`${kind}:not([aria-level])`)) one.ariaLevel = level;
  }
}

// Its parts without its frame: the page has a title and a main part of its own.
function parts({ React }) {
  const names = ["errors", "AuthorizeBtnContainer", "InfoContainer", "operations", "Webhooks", "Models"];
  function Parts({ getComponent, specSelectors }) {
    const shown = specSelectors.specStr() ? names.map((one) => getComponent(one, true)) : [];
    const all = [getComponent("SvgAssets"), ...shown].map((one) => React.createElement(one));
    return React.createElement("div", { className: "swagger-ui" }, ...all);
  }
  return { components: { Parts } };
}

function show() {
  new MutationObserver(mend).observe(place, { childList: true, subtree: true });
  new MutationObserver(follow).observe(root, { attributeFilter: ["data-bs-theme"] });
  follow();
  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [parts],
    layout: "Parts",
    syntaxHighlight: false,
    tryItOutEnabled: true,
    onComplete: swap,
    // A browser that is signed in proves that its requests are the site's own.
    requestInterceptor: (request) => {
      if (new URL(request.url, document.baseURI).origin === window.location.origin) {
        request.headers["X-CSRFToken"] = place.dataset.csrf;
      }
      return request;
    },
  });
}

// In one step: what people are reading does not move meanwhile.
function swap() {
  button.parentElement.remove();
  document.querySelector("[data-reference]").remove();
  place.hidden = false;
  place.focus({ preventScroll: true });
}

function open() {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  failed.hidden = true;
  Promise.all([load("link", place.dataset.style), load("script", place.dataset.script)])
    .then(show)
    .catch(() => {
      failed.hidden = false;
      button.disabled = false;
      button.removeAttribute("aria-busy");
    });
}

button.addEventListener("click", open);
