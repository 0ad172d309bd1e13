// What every page has: menus that close, and the notice for when there is no connection.

import "./menus.js";

const { worker } = document.querySelector("script[data-worker]").dataset;
if ("serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
