// Says when a passkey cannot be used; allauth's script only writes it on the console.
(function () {
  "use strict";
  const trouble = document.getElementById("passkey-trouble");
  function say(what) {
    trouble.textContent = "";
    const note = document.createElement("p");
    note.className = "note note-error";
    note.textContent = what;
    trouble.append(note);
  }
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    say(window.PublicKeyCredential ? trouble.dataset.failed : trouble.dataset.unsupported);
  });
})();
