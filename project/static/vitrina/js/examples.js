// Shows another example in its place. Without this script each is a page of its own.

const place = document.querySelector("[data-examples]");

/**
 * Fetch an example's part of the page and put it where the last one was.
 * @param {HTMLAnchorElement} link
 */
async function show(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return window.location.assign(link.href);
  const part = document.createRange().createContextualFragment(await answer.text());
  await part.querySelector("img").decode().catch(() => {}); // no gap while the picture loads
  place.querySelector("[data-example-shown]").replaceChildren(...part.querySelector("[data-example-shown]").childNodes);
  place.querySelector("[aria-current]")?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
}

place?.addEventListener("click", (event) => {
  const link = event.target.closest("a.example-pick");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link);
});
