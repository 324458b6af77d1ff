// On pages of staff: a device that keeps the list of who is on site is given it anew every five minutes, and deletes it
// when its day is over, at sign-out, and when the server says that the device was removed.
(() => {
  "use strict";
  const EVERY = 5 * 60000;
  const SHELL = "on-site-shell";
  const about = document.getElementById("site-keep");
  const store = window.firstbellOnSite;
  if (!about || !store || !store.works()) return;
  const { school, copy, alive, shell, files } = about.dataset;
  let busy = null;

  const told = (name) => document.dispatchEvent(new CustomEvent(name));

  const keepShell = async () => {
    const wanted = [shell, ...files.split(" ")];
    const kept = await caches.open(SHELL);
    await kept.addAll(wanted);
    const names = new Set(wanted.map((name) => new URL(name, location.href).href));
    for (const old of await kept.keys()) if (!names.has(old.url)) await kept.delete(old);
  };

  const forget = async () => {
    await store.forget(school);
    if (!(await store.all()).length) await caches.delete(SHELL);
    told("site-forgotten");
  };

  const fetchList = async (row) => {
    const body = new FormData();
    body.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
    body.set("device", row.device);
    const answer = await fetch(copy, { method: "POST", body, credentials: "same-origin" });
    if (answer.ok) {
      const list = await answer.json();
      await store.keep(school, list);
      await keepShell();
      told("site-kept");
    } else if (answer.status === 404 || answer.status === 403) {
      await forget();
    } else if (answer.status === 401) {
      const holds = await fetch(alive + encodeURIComponent(row.device), { credentials: "same-origin" });
      if (holds.status === 410) await forget();
    }
  };

  const refresh = async (now) => {
    await store.drop(false);
    const row = await store.find(school);
    if (!row) return;
    if (!now && row.savedAt && Date.now() - row.savedAt < EVERY) return;
    await fetchList(row);
  };

  // One at a time; without a network what is kept stays, and the next minute tries again.
  const soon = (now = false) => {
    busy = (busy || Promise.resolve()).then(() => refresh(now)).catch(() => {});
    return busy;
  };

  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname === "/staff/sign-out") store.drop(true).catch(() => {});
  });
  navigator.serviceWorker.getRegistration().then((held) => held || store.find(school).then((row) => row && navigator.serviceWorker.register("/service-worker.js"))).catch(() => {});
  setInterval(() => soon(), 60000);
  window.firstbellOnSite.refresh = soon;
  soon();
})();
