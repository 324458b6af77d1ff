// The page of who is on site: whether this browser keeps the list, and the form that has it kept.
(() => {
  "use strict";
  const store = window.firstbellOnSite;
  const about = document.getElementById("site-keep");
  const line = document.getElementById("site-kept");
  const form = document.getElementById("site-enrol");
  if (!about || !line || !form) return;
  const say = (words) => { line.textContent = words; };
  if (!store || !store.works()) {
    form.hidden = true;
    say("This browser cannot keep the list. Print it instead.");
    return;
  }
  const { school } = about.dataset;

  const show = async () => {
    const row = await store.find(school);
    form.hidden = Boolean(row);
    if (!row) return say("This browser keeps no list.");
    const list = await store.read(school);
    const mine = document.querySelector(`[data-site-device="${CSS.escape(row.device)}"] .muted`);
    if (mine) mine.textContent = "This browser";
    return say(list ? `This browser keeps the list of ${list.as_of}. It is made anew every 5 minutes while this page or the board is open.` : "This browser is to keep the list, and has none yet.");
  };

  const complain = (words) => {
    say(words);
    form.querySelector("input[name=name]").focus();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), credentials: "same-origin", headers: { Accept: "application/json" },
      });
      const told = await answer.json();
      if (told.go) return location.assign(told.go);
      if (!answer.ok) return complain(told.error || "This did not work. Load the page again.");
      await navigator.serviceWorker.register("/service-worker.js");
      await store.enrol(school, told.device);
      await store.refresh(true);
      // The list of devices comes from the server.
      location.reload();
    } catch {
      complain("No connection. Try again when there is one.");
    } finally {
      button.disabled = false;
    }
  }, true);

  document.addEventListener("site-kept", show);
  document.addEventListener("site-forgotten", show);
  show().catch(() => say("This browser cannot keep the list. Print it instead."));
})();
