// Drop, paste and preview pictures. The form works without it; the server checks again.
(function () {
  "use strict";
  const form = document.querySelector("[data-submit]");
  if (!form) return;
  const drop = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector(".chosen");
  const button = form.querySelector("[type=submit]");
  const limits = form.dataset;
  const types = input.accept.split(",");
  let files = [];

  function problem(file) {
    if (file.size > Number(limits.maxBytes)) return limits.tooLarge;
    if (!types.includes(file.type)) return limits.unsupportedType;
    return "";
  }

  function store() {
    const transfer = new DataTransfer();
    files.forEach(function (file) { transfer.items.add(file); });
    input.files = transfer.files;
    list.querySelectorAll("img").forEach(function (img) { URL.revokeObjectURL(img.src); });
    list.replaceChildren(...files.map(entry));
  }

  function add(more) {
    const known = new Set(files.map(key));
    files = files.concat(Array.from(more).filter(function (file) { return !known.has(key(file)); }));
    store();
  }

  function key(file) {
    return [file.name, file.size, file.lastModified].join("/");
  }

  function element(tag, className, text) {
    const node = document.createElement(tag);
    node.className = className;
    if (text) node.textContent = text;
    return node;
  }

  function preview(file) {
    if (problem(file)) return element("span", "chosen-blank", "?");
    const img = element("img", "");
    img.alt = "";
    img.addEventListener("error", function () {
      img.replaceWith(element("span", "chosen-blank", "?"));
    });
    img.src = URL.createObjectURL(file);
    return img;
  }

  function entry(file) {
    const item = element("li", "chosen-file");
    const wrong = problem(file);
    item.append(preview(file), element("span", "chosen-name", file.name));
    if (wrong) {
      item.classList.add("has-problem");
      item.append(element("span", "chosen-problem", wrong));
    }
    const remove = element("button", "chosen-remove", "×");
    remove.type = "button";
    remove.setAttribute("aria-label", limits.remove + " " + file.name);
    remove.addEventListener("click", function () {
      files = files.filter(function (other) { return other !== file; });
      store();
      input.focus();
    });
    item.append(remove);
    return item;
  }

  input.addEventListener("change", function () { add(input.files); });
  ["dragenter", "dragover"].forEach(function (name) {
    drop.addEventListener(name, function (event) {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  });
  drop.addEventListener("dragleave", function (event) {
    if (!drop.contains(event.relatedTarget)) drop.classList.remove("is-over");
  });
  drop.addEventListener("drop", function (event) {
    event.preventDefault();
    drop.classList.remove("is-over");
    add(event.dataTransfer.files);
  });
  document.addEventListener("paste", function (event) {
    if (event.clipboardData.files.length) add(event.clipboardData.files);
  });
  form.addEventListener("submit", function () {
    button.disabled = true;
    button.querySelector("[data-label]").textContent = limits.sending;
  });
  // The page comes back from the browser's history as it was left.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload();
  });
})();
