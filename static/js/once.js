// A form is sent once. Nothing turns grey and nothing is disabled: a second tap within ten seconds does nothing, and the
// server treats a second copy as the first (its submission key). Menus close on Escape and on a tap elsewhere.
(() => {
  "use strict";
  const AGAIN_AFTER = 10000;
  const sentAt = new WeakMap();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    const button = event.submitter;
    const last = sentAt.get(form);
    if (last && last.button === button && event.timeStamp - last.time < AGAIN_AFTER) {
      event.preventDefault();
      return;
    }
    sentAt.set(form, { button, time: event.timeStamp });
  });

  // Back from the next page: the form may be sent again at once.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) sentAt.delete(form);
  });

  const close = (menu) => {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-closes][open]")) close(menu);
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-closes][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
