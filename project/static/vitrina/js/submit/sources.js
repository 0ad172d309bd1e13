// All the ways in which pictures reach the form.

import { setUpCamera } from "./camera.js";
import { droppedFiles } from "./dropped.js";

/**
 * Listen to the file dialogs, drops, pastes, addresses, the camera and the examples.
 * @param {HTMLFormElement} form
 * @param {(files: (File | Address)[]) => void} add
 */
export function listen(form, add) {
  address(form, add);
  chosen(form.querySelector("input[name=images]"), add);
  folder(form, add);
  dropped(form.querySelector(".drop"), add);
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) add([...event.clipboardData.files]);
  });
  setUpCamera(form, add);
  for (const link of document.querySelectorAll("[data-example]")) example(link, add);
}

/** A picture that the server is to fetch; it looks like a file to who only shows it. */
export class Address {
  constructor(url) {
    this.url = url;
    this.name = new URL(url).pathname.split("/").pop() || new URL(url).host;
    this.size = 0;
  }
}

function address(form, add) {
  const input = form.querySelector("input[name=image_url]");
  const take = () => {
    if (!input.value.trim() || !input.reportValidity()) return;
    add([new Address(input.value.trim())]);
    input.value = "";
    input.focus();
  };
  form.querySelector("[data-address]").addEventListener("click", take);
  form.addEventListener("submit", take, { capture: true }); // who forgets to press «Add»
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take();
  });
}

function chosen(input, add) {
  input.required = false; // the form keeps the files itself
  const take = () => {
    if (!input.files.length) return;
    add([...input.files].filter((file) => !file.name.startsWith(".")));
    input.value = ""; // so that the same file can be chosen again
  };
  input.addEventListener("change", take);
  take(); // what was chosen before this script was there
}

function folder(form, add) {
  const input = form.querySelector("[data-folder-input]");
  const button = form.querySelector("[data-folder]");
  button.addEventListener("click", () => input.click());
  chosen(input, add);
}

function dropped(drop, add) {
  // The whole page takes drops: one that misses would make the browser leave it.
  const over = (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  };
  document.addEventListener("dragenter", over);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("is-over");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    add(await droppedFiles(event.dataTransfer));
  });
}

function example(link, add) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(link.dataset.example);
    const type = "image/jpeg";
    if (answer.ok) add([new File([await answer.blob()], link.dataset.name, { type })]);
  });
}
