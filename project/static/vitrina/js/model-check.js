// Shows the outcome of a model's check as soon as there is one.
"use strict";

const SECONDS = 2;
const isUnchecked = (page) => page.querySelector("#model-check[data-unchecked]") !== null;

const look = async () => {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && !isUnchecked(page)) {
      location.reload();
      return;
    }
  } catch {
    // The network is away; it is asked again.
  }
  setTimeout(look, SECONDS * 1000);
};

document.addEventListener("DOMContentLoaded", () => {
  if (isUnchecked(document)) setTimeout(look, SECONDS * 1000);
});
