// Buttons that copy what another element holds: <button data-copy="its id" data-copied="Copied">.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const label = button.querySelector("span");
    const before = label.textContent;
    navigator.clipboard.writeText(source.value || source.textContent).then(function () {
      label.textContent = button.dataset.copied;
      label.setAttribute("role", "status");
      setTimeout(function () { label.textContent = before; }, 2000);
    }, function () {
      // Without the right to the clipboard: select it, so that a key copies it.
      if (source.select) source.select();
      else window.getSelection().selectAllChildren(source);
    });
  });
})();
