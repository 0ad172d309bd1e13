"use strict";

// Dark where the site is dark: this is the class that Swagger UI looks for.
const root = document.documentElement;
function follow() {
  root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
}
new MutationObserver(follow).observe(root, { attributeFilter: ["data-bs-theme"] });
follow();

window.addEventListener("DOMContentLoaded", () => {
  window.ui = SwaggerUIBundle({
    url: "{% url "api_schema" %}",
    dom_id: "#swagger-ui",
    presets: [SwaggerUIBundle.presets.apis],
    deepLinking: true,
    tryItOutEnabled: true,
    // A browser that is signed in proves that its requests are the site's own.
    requestInterceptor: (request) => {
      if (new URL(request.url, document.baseURI).origin === window.location.origin) {
        request.headers["X-CSRFToken"] = document.getElementById("swagger-ui").dataset.csrf;
      }
      return request;
    },
  });
});
