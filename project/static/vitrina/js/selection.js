// The list of jobs: ticks by range, all at once, a count, and arrow keys between pictures.
(function () {
  "use strict";
  const form = document.getElementById("selection");
  if (!form) return;
  const ticks = Array.from(form.querySelectorAll('input[name="job"]'));
  const links = Array.from(form.querySelectorAll(".items a"));
  const every = document.getElementById("tick-all");
  const found = document.getElementById("all-found");
  const count = form.querySelector(".bulk-count");
  const actions = form.querySelector(".bulk-actions");
  let last = null;

  function show() {
    const chosen = ticks.filter(function (tick) { return tick.checked; }).length;
    every.checked = chosen > 0 && chosen === ticks.length;
    every.indeterminate = chosen > 0 && chosen < ticks.length;
    const any = chosen > 0 || found.checked;
    count.textContent = chosen && !found.checked ? count.dataset.some + " " + chosen : "";
    actions.classList.toggle("is-off", !any);
    actions.querySelectorAll("button").forEach(function (button) { button.disabled = !any; });
  }

  form.addEventListener("click", function (event) {
    const place = ticks.indexOf(event.target);
    if (place < 0) return;
    if (event.shiftKey && last !== null) {
      const on = event.target.checked;
      ticks.slice(Math.min(place, last), Math.max(place, last) + 1)
        .forEach(function (tick) { tick.checked = on; });
    }
    last = place;
  });
  form.addEventListener("change", function (event) {
    if (event.target === every) {
      ticks.forEach(function (tick) { tick.checked = every.checked; });
    }
    show();
  });

  // How many stand side by side: those whose top is that of the first.
  function columns() {
    const top = links[0].closest(".item").offsetTop;
    const wrap = links.findIndex(function (link) { return link.closest(".item").offsetTop !== top; });
    return wrap < 0 ? links.length : wrap;
  }

  form.addEventListener("keydown", function (event) {
    const place = links.indexOf(document.activeElement);
    if (place < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() };
    const step = steps[event.key];
    if (step) {
      const next = links[place + step];
      if (!next) return;
      if (event.shiftKey) {
        ticks[place].checked = ticks[place + step].checked = true;
        last = place + step;
        show();
      }
      next.focus();
    } else if (event.key === " ") {
      ticks[place].checked = !ticks[place].checked;
      last = place;
      show();
    } else {
      return;
    }
    event.preventDefault();
  });

  // The browser may have kept the ticks of an earlier visit.
  window.addEventListener("pageshow", show);
  show();
})();
