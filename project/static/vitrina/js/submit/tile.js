// A chosen picture as the page shows it, from the template in the form.

import { thumbnail } from "./scale.js";

const SIDE = 224;

/**
 * @typedef {"ready" | "wrong" | "sending" | "sent" | "failed"} State
 *   `wrong` is not sent at all; `failed` was not taken in and may be sent again.
 */

// Pictures are decoded when they come into view, one after the other: there may be a thousand.
let decoding = Promise.resolve();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      watcher.unobserve(entry.target);
      decoding = decoding.then(() => showPicture(entry.target));
    }
  },
  { rootMargin: "400px" },
);
const files = new WeakMap();

async function showPicture(place) {
  const canvas = place.isConnected && (await thumbnail(files.get(place), SIDE));
  if (!canvas) return;
  canvas.setAttribute("aria-hidden", "true");
  place.replaceChildren(canvas);
}

/**
 * Make a tile.
 * @param {HTMLTemplateElement} template
 * @param {File} file
 * @param {{remove: () => void, retry: () => void}} actions
 */
export function makeTile(template, file, actions) {
  const element = template.content.firstElementChild.cloneNode(true);
  const part = (name) => element.querySelector(`[data-part=${name}]`);
  part("name").textContent = file.name;
  part("name").title = file.name;
  for (const action of ["remove", "retry"]) {
    part(action).setAttribute("aria-label", `${part(action).getAttribute("aria-label")} ${file.name}`);
    part(action).addEventListener("click", actions[action]);
  }
  if (file instanceof Blob) {
    files.set(part("picture"), file);
    watcher.observe(part("picture"));
  }
  return { element, show: (state, note) => show(element, part, state, note), progress: (share) => { part("progress").value = share; } };
}

function show(element, part, state, note) {
  element.dataset.state = state;
  part("note").textContent = note;
  part("retry").hidden = state !== "failed";
  part("remove").hidden = state === "sending" || state === "sent";
  part("progress").hidden = state !== "sending";
}
